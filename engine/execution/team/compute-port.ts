import type { FromMember, ToMember } from './team-messages.ts'

/** One compute worker as the driver sees it. */
export interface ComputePort {
  post(message: ToMember): void
  onMessage(listener: (message: FromMember) => void): void
  /** The worker is gone, or never came: not called after `terminate`. */
  onEnd(listener: (reason: string) => void): void
  /** Whether the process must stay alive for its messages. */
  keepAlive(needed: boolean): void
  terminate(): void
}

/** Starts compute workers. */
export interface ComputePlatform {
  spawn(): ComputePort
  /** Starting one costs next to nothing, so that it is done before the first query asks for it. */
  readonly startsQuickly: boolean
}
