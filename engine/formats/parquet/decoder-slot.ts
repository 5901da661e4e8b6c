import { LakebookError } from '../../errors.ts'
import { DecoderRefusal, ParquetDecoder } from './decoder.ts'

/** What decoding takes whatever the share: a page of long texts, of a few MiB uncompressed, and what is made of it. */
export const USUAL_DECODER_BYTES = 16 * 2 ** 20
/**
 * A decoder of so many bytes is kept whatever its share. One that is dropped keeps its memory until the collector comes
 * by, so that dropping it sooner holds more, not less.
 */
const KEPT_BYTES = 24 * 2 ** 20

/**
 * The one decoder of a thread. Its memory never shrinks, so a decoder that grew too large is dropped when nobody
 * holds it any more, and the next use makes a new one; so is, at once, a decoder that failed in any way but a clean
 * refusal, since its state is unknown.
 */
export class DecoderSlot {
  /** Bytes set aside from the budget for this thread's decoder. */
  readonly shareBytes: number
  /** What it should need at the most for what can be decoded in parts. */
  readonly mostBytes: number
  private readonly module: WebAssembly.Module
  private decoder: ParquetDecoder | null = null
  private madeCount = 0
  private holders = 0

  constructor(module: WebAssembly.Module, shareBytes: number) {
    this.module = module
    this.shareBytes = shareBytes
    this.mostBytes = Math.max(shareBytes, USUAL_DECODER_BYTES)
  }

  /** Bytes of the live decoder's memory. */
  get memoryBytes(): number {
    return this.decoder?.memoryBytes ?? 0
  }

  /** How many decoders there have been. */
  get made(): number {
    return this.madeCount
  }

  /** Runs `work` with the decoder; nothing of the decoder may be used afterwards. */
  use<T>(work: (decoder: ParquetDecoder) => T): T {
    if (this.decoder === null) {
      this.decoder = new ParquetDecoder(this.module)
      this.madeCount++
    }
    const decoder = this.decoder
    this.decoder = null
    try {
      const result = work(decoder)
      this.keep(decoder)
      return result
    } catch (error) {
      if (isClean(error)) this.keep(decoder)
      throw error
    }
  }

  /** Several uses are to come, one soon after the other. Returns what ends that. */
  hold(): () => void {
    this.holders++
    return () => {
      this.holders--
      if (this.decoder !== null) this.keep(this.decoder)
    }
  }

  close(): void {
    this.decoder = null
  }

  private keep(decoder: ParquetDecoder): void {
    this.decoder =
      this.holders > 0 || decoder.memoryBytes <= Math.max(this.shareBytes, KEPT_BYTES) ? decoder : null
  }
}

/** The decoder's own refusals, and what our side found wrong with its result. */
function isClean(error: unknown): boolean {
  return error instanceof DecoderRefusal || (error instanceof LakebookError && error.code !== 'internal')
}
