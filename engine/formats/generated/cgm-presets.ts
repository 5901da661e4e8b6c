/** Counts of what imputation finds, when a preset must meet them exactly. */
export interface GapTargets {
  /** Slots before a person's first or after their last reading. */
  readonly trimmed: number
  /** Missing slots whose neighbours both have readings. */
  readonly single: number
  /** Missing slots side by side with others. */
  readonly long: number
}

/** How readings of a continuous glucose monitor are generated. */
export interface CgmPlan {
  readonly seed: number
  readonly users: number
  readonly stepMinutes: number
  readonly days: number
  /** Chance that a reading is missing by itself. */
  readonly dropOut: number
  /** Longer outages: how many a day and person on average, and how long, from and to, in hours. */
  readonly blocks: readonly { readonly perDay: number; readonly hours: readonly [number, number] }[]
  readonly targets: GapTargets | null
}

export type CgmPresetName = 'published' | 'lifelike'

export const CGM_PRESETS: Readonly<Record<CgmPresetName, CgmPlan>> = {
  published: {
    seed: 20_250_101,
    users: 500,
    stepMinutes: 60,
    days: 90,
    dropOut: 0.0988,
    blocks: [{ perDay: 0.022, hours: [3, 12] }],
    targets: { trimmed: 112, single: 85_889, long: 27_200 },
  },
  lifelike: {
    seed: 14,
    users: 270,
    stepMinutes: 5,
    days: 14,
    dropOut: 0.05,
    blocks: [
      { perDay: 0.35, hours: [0.5, 1.9] },
      { perDay: 0.08, hours: [2, 8] },
    ],
    targets: null,
  },
}

/** The first slot: 2025-01-01 00:00, in microseconds since 1970. */
export const CGM_START_MICROS = 1_735_689_600_000_000n

export function slotCount(plan: CgmPlan): number {
  return (plan.days * 24 * 60) / plan.stepMinutes
}

/** For the page: how the readings come about. */
export const HOW_READINGS_ARE_MADE: Readonly<Record<CgmPresetName, string>> = {
  published:
    'Hourly slots of 500 people over 90 days. Each reading is dropped with a chance of 9.88 %, and about every 45 days ' +
    'a sensor is silent for 3 to 12 hours. By chance alone this lands within 1 % of the published counts, but for the ' +
    'few slots at the ends; then, in a seeded order, readings are put back or taken out until exactly 112 slots are ' +
    'trimmed at the ends, 85,889 gaps are one reading long (120 minutes between neighbours: last observation carried ' +
    'forward) and 27,200 slots lie in longer gaps (NULL). No gap is short enough for linear interpolation, because ' +
    'readings are 60 minutes apart. Nothing else of the published data is known, so the glucose values are invented.',
  lifelike:
    'A reading every 5 minutes of 270 people over 14 days. Each reading is dropped with a chance of 5 %, about every 3 ' +
    'days a sensor is silent for up to 2 hours, and about every 12 days for 2 to 8 hours, so that all three bands occur. ' +
    'Glucose is log-normal: meals, a rise at dawn and noise, calibrated for each person to a mean of 151 to 179 mg/dL ' +
    'and a coefficient of variation of 36.2 to 37.8 %, and clipped to 40 to 400.',
}
