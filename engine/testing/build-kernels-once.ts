import { buildKernels, kernelsAreStale } from '../kernels/build.mjs'

/** Vitest's global setup: tests load the compiled kernels, so they are built first when a source is newer. */
export default async function buildKernelsOnce(): Promise<void> {
  if (await kernelsAreStale()) await buildKernels()
}
