/** Whoever waits until files have been gone through: may give up meanwhile, hears how far it is, and has its turn. */
export interface ReadWatch {
  readonly signal?: AbortSignal | undefined
  /**
   * `stage` says what is being done, `fraction` of it from 0 to 1, and `rows` how many were found so far. Nothing more is
   * read before it is done: a reader must not keep the thread to itself.
   */
  readonly tell?: ((stage: string, fraction: number, rows: number) => Promise<void>) | undefined
}
