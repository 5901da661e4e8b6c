import { slotCount, type CgmPlan } from './cgm-presets.ts'
import { Random } from './random.ts'

const LEAST_MG_DL = 40
const MOST_MG_DL = 400
const DAY_MINUTES = 24 * 60
const MEAL_MINUTES = [7.5 * 60, 12.5 * 60, 19 * 60]
const MEAL_PEAK_MINUTES = 75
const MEAL_LASTS_MINUTES = 6 * 60
const DAWN_MINUTES = 6 * 60
const DAWN_WIDTH_MINUTES = 100
/** The noise of readings a quarter of an hour apart is correlated this much. */
const NOISE_MEMORY = 0.85
const CALIBRATION_ROUNDS = 6

/** Keeps the draws of values apart from the draws of gaps. */
const VALUES_SEED = 0x6c7563

/**
 * One person's glucose at every slot (`present` says which have a reading), in mg/dL with one decimal, between 40 and 400. It is log-normal: meals, a rise at
 * dawn and noise with memory are added up, scaled and exponentiated; scale and level are calibrated so that the person's
 * mean is between 150 and 180 and the coefficient of variation between 36 and 38 %, as is usual in diabetes.
 */
export function glucoseOf(plan: CgmPlan, user: number, present: Uint8Array, out: Float64Array): void {
  const random = Random.forPart(plan.seed ^ VALUES_SEED, user)
  const slots = slotCount(plan)
  const mean = random.between(151, 179)
  const variation = random.between(0.362, 0.378)
  const shape = out.subarray(0, slots)
  addNoise(shape, plan, random)
  addDawn(shape, plan, random)
  addMeals(shape, plan, random)
  standardise(shape)
  exponentiate(shape, present, mean, variation)
}

function addNoise(shape: Float64Array, plan: CgmPlan, random: Random): void {
  const memory = NOISE_MEMORY ** (plan.stepMinutes / 15)
  const fresh = Math.sqrt(1 - memory * memory)
  let noise = random.normal()
  for (let slot = 0; slot < shape.length; slot++) {
    noise = memory * noise + fresh * random.normal()
    shape[slot] = 0.7 * noise
  }
}

function addDawn(shape: Float64Array, plan: CgmPlan, random: Random): void {
  const strength = random.between(0.3, 0.8)
  for (let slot = 0; slot < shape.length; slot++) {
    const away = ((slot * plan.stepMinutes) % DAY_MINUTES) - DAWN_MINUTES
    shape[slot] = (shape[slot] ?? 0) + strength * Math.exp(-0.5 * (away / DAWN_WIDTH_MINUTES) ** 2)
  }
}

/** Each meal rises to its peak and falls off: `t/p · exp(1 - t/p)`. */
function addMeals(shape: Float64Array, plan: CgmPlan, random: Random): void {
  const { stepMinutes } = plan
  for (let day = 0; day < plan.days; day++) {
    for (const usual of MEAL_MINUTES) {
      const eaten = day * DAY_MINUTES + usual + random.between(-45, 45)
      const size = random.between(0.8, 2)
      const from = Math.ceil(eaten / stepMinutes)
      const to = Math.min(shape.length - 1, Math.floor((eaten + MEAL_LASTS_MINUTES) / stepMinutes))
      for (let slot = from; slot <= to; slot++) {
        const t = (slot * stepMinutes - eaten) / MEAL_PEAK_MINUTES
        shape[slot] = (shape[slot] ?? 0) + size * t * Math.exp(1 - t)
      }
    }
  }
}

function standardise(shape: Float64Array): void {
  const { mean, deviation } = moments(shape, null)
  for (let slot = 0; slot < shape.length; slot++) shape[slot] = ((shape[slot] ?? 0) - mean) / deviation
}

/** Clipping takes from both tails, so spread and level are corrected until mean and variation come out right. */
function exponentiate(shape: Float64Array, present: Uint8Array, mean: number, variation: number): void {
  let spread = Math.sqrt(Math.log(1 + variation * variation))
  let level = mean
  const values = new Float64Array(shape.length)
  for (let round = 0; ; round++) {
    for (let slot = 0; slot < shape.length; slot++) {
      const value = level * Math.exp(spread * (shape[slot] ?? 0))
      values[slot] = Math.round(10 * Math.min(MOST_MG_DL, Math.max(LEAST_MG_DL, value))) / 10
    }
    if (round === CALIBRATION_ROUNDS) break
    const found = moments(values, present)
    spread *= variation / (found.deviation / found.mean)
    level *= mean / found.mean
  }
  shape.set(values)
}

/** Over the slots that have a reading, or over all. */
function moments(
  values: Float64Array,
  present: Uint8Array | null,
): { readonly mean: number; readonly deviation: number } {
  let count = 0
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    if (present !== null && present[i] === 0) continue
    count++
    sum += values[i] ?? 0
  }
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < values.length; i++) {
    if (present === null || present[i] === 1) squares += ((values[i] ?? 0) - mean) ** 2
  }
  return { mean, deviation: Math.sqrt(squares / count) }
}
