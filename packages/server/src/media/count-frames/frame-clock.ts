/** Counts frames and keeps when the first and the last is shown: from both comes the mean rate. */

export interface CountedFrames {
  readonly frames: number
  /** `undefined` where all frames are shown at one time, a single one above all. */
  readonly framesPerSecond: number | undefined
}

/** Rates that videos are made at. Whole ones first: over a short span they look like their neighbours. */
const USUAL_RATES = [24, 25, 30, 50, 60, 10, 12, 12.5, 15, 20, 48, 100, 120, 24e3 / 1001, 3e4 / 1001, 6e4 / 1001]

export class FrameClock {
  frames = 0
  #firstMs = Infinity
  #lastMs = -Infinity

  /** Takes frames in any order: they are stored as they are decoded, not as they are shown. */
  count(timeMs: number): void {
    this.frames += 1
    this.#firstMs = Math.min(this.#firstMs, timeMs)
    this.#lastMs = Math.max(this.#lastMs, timeMs)
  }

  /** `undefined` when nothing was counted. */
  counted(): CountedFrames | undefined {
    if (this.frames === 0) return undefined
    return { frames: this.frames, framesPerSecond: this.#rate() }
  }

  #rate(): number | undefined {
    const spanMs = this.#lastMs - this.#firstMs
    const steps = this.frames - 1
    if (!(spanMs > 0)) return undefined
    // Times are whole milliseconds, so a usual rate that fits to the millisecond is the one that was meant.
    return USUAL_RATES.find((rate) => Math.abs((steps * 1000) / rate - spanMs) <= 1) ?? (steps * 1000) / spanMs
  }
}
