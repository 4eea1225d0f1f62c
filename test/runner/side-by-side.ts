/** Runs jobs at once, as many as may, and those of one lane one after another. */

export interface Job<Of> {
  /** `undefined`: it shares nothing with any other. */
  readonly lane: Of | undefined
  /** Never throws. */
  run(): Promise<void>
}

/** In the order given, but that lanes begin first, and a job of a busy lane lets those behind it go before. */
export async function sideBySide<Of>(jobs: readonly Job<Of>[], atOnce: number): Promise<void> {
  // What has to go one after another begins first, or the end would wait for it.
  const waiting = [...jobs.filter(({ lane }) => lane !== undefined), ...jobs.filter(({ lane }) => lane === undefined)]
  const busy = new Set<Of>()
  const next = (): Job<Of> | undefined => {
    const index = waiting.findIndex(({ lane }) => lane === undefined || !busy.has(lane))
    return index === -1 ? undefined : waiting.splice(index, 1)[0]
  }
  const work = async (): Promise<void> => {
    for (let job = next(); job !== undefined; job = next()) {
      if (job.lane !== undefined) busy.add(job.lane)
      await job.run()
      if (job.lane !== undefined) busy.delete(job.lane)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
