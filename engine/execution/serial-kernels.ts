/** Kernels whose results depend on what was called before, by the same thread or by any: no call can be repeated. */
export const SERIAL_KERNELS: ReadonlySet<string> = new Set(['random_next', 'sequence_next', 'sequence_last'])
