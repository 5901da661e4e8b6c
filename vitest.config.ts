import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    environment: 'node',
    include: ['engine/**/*.test.ts', 'workers/**/*.test.ts', 'web/**/*.test.{ts,tsx}'],
    globalSetup: ['engine/testing/build-kernels-once.ts'],
    testTimeout: 20_000,
    // By default one core is left idle.
    maxWorkers: '100%',
  },
})
