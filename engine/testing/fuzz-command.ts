/**
 * `npm run fuzz [-- --seed N] [--seconds S] [--only sql|polars] [--keep-going]`: random tables and queries run by the
 * engine and by native DuckDB, random cells by the engine and by native Polars. A difference is shrunk and printed.
 */
import { parseArgs } from 'node:util'
import { Choices } from './fuzz/choices.ts'
import { polarsCase } from './fuzz/polars-case.ts'
import { shrink } from './fuzz/shrink.ts'
import { sqlCase, type FuzzCase, type Outcome } from './fuzz/sql-case.ts'
import { FuzzWorld } from './fuzz/world.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
  },
})
const SHRINK_MS = 45_000
const makers: Readonly<Record<string, (choices: Choices) => FuzzCase>> = { sql: sqlCase, polars: polarsCase }
const names = values.only === undefined ? Object.keys(makers) : [values.only]
const first = Number(values.seed)
const endMs = performance.now() + Number(values.seconds) * 1000

const world = await FuzzWorld.open()
const counts = { same: 0, unsupported: 0, refused: 0, different: 0 }
const gaps = new Map<string, number>()
for (let seed = first; performance.now() < endMs; seed++) {
  const name = names[seed % names.length]!
  const make = makers[name]
  if (make === undefined)
    throw new Error(`there is nothing called ${name}, only ${Object.keys(makers).join(', ')}`)
  const choices = Choices.random(seed)
  const outcome = await make(choices).run(world)
  counts[outcome.kind]++
  if (outcome.kind === 'unsupported') gaps.set(outcome.detail, (gaps.get(outcome.detail) ?? 0) + 1)
  if (outcome.kind !== 'different') continue
  await report(name, seed, choices.made, make, outcome)
  if (!values['keep-going']) break
}
await world.close()
console.log(
  `seeds from ${first}: ${counts.same} the same, ${counts.refused} refused, ${counts.unsupported} unsupported, ${counts.different} different`,
)
for (const [detail, count] of [...gaps].toSorted((a, b) => b[1] - a[1]).slice(0, 10))
  console.log(`  ${count} × ${detail}`)
process.exit(counts.different > 0 ? 1 : 0)

/** A difference shrinks to one of its own sort: rows that differ, or the same error about other names and numbers. */
function sortOf({ detail }: Outcome): string {
  const line = detail.split('\n')[0]!
  return /^\d+ rows against/.test(line) ? 'rows' : line.replace(/\d+|"[^"]*"/g, '')
}

/** The smallest case found that still differs. */
async function report(
  name: string,
  seed: number,
  made: readonly number[],
  make: (choices: Choices) => FuzzCase,
  original: Outcome,
): Promise<void> {
  console.log(`\n${name}, seed ${seed}: ${original.detail.split('\n')[0]}`)
  const outcomes = new Map<string, Outcome>()
  const small = await shrink(
    made,
    async (candidate) => {
      const outcome = await make(Choices.replay(candidate)).run(world)
      const isSame = outcome.kind === 'different' && sortOf(outcome) === sortOf(original)
      if (isSame) outcomes.set(candidate.join(), outcome)
      return isSame
    },
    SHRINK_MS,
  )
  const outcome = outcomes.get(small.join()) ?? original
  console.log(`${make(Choices.replay(small)).text}\n${outcome.detail}\n`)
}
