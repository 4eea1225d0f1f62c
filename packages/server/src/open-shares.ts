/** Opens what shares this process out between organisations, and what guards it. */

import { getHeapStatistics } from 'node:v8'
import type { MessageResolver } from '@moonbase/core/inference'
import { EstimateLimit } from './admission/estimate-limit.ts'
import { steadyMs, systemClock } from './clock.ts'
import type { Configuration } from './configuration/index.ts'
import { ExtractionThread } from './extraction/extraction-thread.ts'
import { httpLimits, mostDescriptors } from './http-limits.ts'
import type { HttpLimits } from './http/http-server-options.ts'
import { ParsingThread } from './http/parsing-thread.ts'
import { fetchImages } from './inference/resolvers/fetch-images.ts'
import { type MediaProbe, mediaProbe } from './media/media-probe.ts'
import { FairFetch, guardedFetch } from './outgoing/index.ts'
import { OverloadGuard } from './shares/overload-guard.ts'
import { watchProcess } from './shares/watch-process.ts'

export interface Shares {
  readonly http: HttpLimits
  readonly media: MediaProbe
  readonly parsing: ParsingThread
  readonly guard: OverloadGuard
  readonly estimates: EstimateLimit
  /** Fetches images at URLs, in everybody's turn. */
  readonly images: MessageResolver
  readonly extraction: ExtractionThread
  close(): Promise<void>
}

export function openShares({ limits, outgoing }: Pick<Configuration, 'limits' | 'outgoing'>): Shares {
  const { shares, overload } = limits
  const media = mediaProbe({ pool: { waitingOfOne: shares.videosWaiting, waiting: 4 * shares.videosWaiting } })
  const parsing = new ParsingThread({
    mostValues: shares.bodyValues,
    waitingOfOne: shares.bodiesWaiting,
    now: steadyMs,
  })
  const fetch = guardedFetch({ clock: systemClock, mayAsk: outgoing.mayAsk })
  const images = outgoing.imageUrls ? new FairFetch(fetch, 'images to fetch') : undefined
  const extraction = new ExtractionThread()
  const guard = new OverloadGuard(overload)
  const stopWatching = watchProcess(guard, steadyMs)
  return {
    http: httpLimits(limits, getHeapStatistics().heap_size_limit, mostDescriptors()),
    media,
    parsing,
    guard,
    images: fetchImages(images),
    estimates: new EstimateLimit(shares.estimatesPerMinute, () => systemClock.now()),
    extraction,
    async close() {
      stopWatching()
      images?.close()
      await Promise.all([media.close(), parsing.close(), extraction.close()])
    },
  }
}
