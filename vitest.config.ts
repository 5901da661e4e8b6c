import { configDefaults, defineConfig } from 'vitest/config'

/** Grids over budgets, threads and faults, and what else takes longest: `npm run check` leaves them to `npm test`. */
const SLOW_TESTS = [
  'engine/budgets.test.ts',
  'engine/copy-to.test.ts',
  'engine/faults.test.ts',
  'engine/side-by-side.test.ts',
  'engine/threads.test.ts',
  'engine/tpch-sf1.test.ts',
  'engine/execution/nested-columns.test.ts',
  'engine/execution/operators/hash-aggregate.test.ts',
  'engine/execution/operators/join.test.ts',
  'engine/execution/operators/window-spilled.test.ts',
  'engine/formats/generated/cgm-readings.test.ts',
  'engine/formats/parquet/damaged-files.test.ts',
  'engine/formats/records/records-table.test.ts',
  'engine/optimizer/random-queries.test.ts',
  'engine/polars/judge.test.ts',
  'engine/rows-give-way.test.ts',
  'engine/spill/spill.test.ts',
  'engine/testing/lint/data-never-becomes-rows.test.ts',
]

export default defineConfig(({ mode }) => ({
  test: {
    environment: 'node',
    include: ['engine/**/*.test.ts', 'workers/**/*.test.ts', 'web/**/*.test.{ts,tsx}'],
    exclude: [...configDefaults.exclude, ...(mode === 'quick' ? SLOW_TESTS : [])],
    globalSetup: ['engine/testing/build-kernels-once.ts'],
    testTimeout: 20_000,
    // Files that share a process load the engine once; npm test runs each in one of its own.
    isolate: mode !== 'quick',
    // By default one core is left idle.
    maxWorkers: '100%',
  },
}))
