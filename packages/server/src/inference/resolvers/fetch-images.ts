/** Images at http(s) URLs, fetched for who may have that: the bytes are read and measured as any picture that was sent. */

import type { MessageResolver, ResolveContext } from '@moonbase/core/inference'
import {
  type DraftMessage,
  type DraftPart,
  type ImagePart,
  isFetchable,
  mediaFromBase64,
  refusedMedia,
  shownUrl,
} from '@moonbase/core/generation'
import { type ApiError, apiErrorWith } from '@moonbase/protocol'
import { type FairFetch, OutgoingError, type OutgoingErrorKind } from '../../outgoing/index.ts'

/** What one request may have fetched: a picture of the largest size that is read is smaller. */
const MOST_BYTES = 20 * 1024 * 1024
/** They stay in memory until the answer has ended, beside the share of bodies. */
const MOST_BYTES_TOGETHER = 32 * 1024 * 1024
const MOST_IMAGES = 64
const TIME_MS = 20_000

/** @param fetch absent: nothing is fetched here, and each URL is refused with the platform's words */
export function fetchImages(fetch: Pick<FairFetch, 'get'> | undefined): MessageResolver {
  return {
    resolve(messages, context) {
      if (fetch === undefined || !context.terms.lenient.has('fetch-image-urls')) return messages
      return messages.some(holdsFetchable) ? new Images(fetch, context).resolved(messages) : messages
    },
  }
}

function holdsFetchable({ content }: DraftMessage): boolean {
  return typeof content !== 'string' && content.some(isToFetch)
}

function isToFetch(part: DraftPart): part is DraftPart & { readonly type: 'reference' } {
  return part.type === 'reference' && isFetchable(part.medium, part.url)
}

/** Of one request. */
class Images {
  readonly #fetch: Pick<FairFetch, 'get'>
  readonly #context: ResolveContext
  /** One that stands there twice is fetched once. */
  readonly #byUrl = new Map<string, ImagePart>()
  #left = MOST_BYTES_TOGETHER

  constructor(fetch: Pick<FairFetch, 'get'>, context: ResolveContext) {
    this.#fetch = fetch
    this.#context = context
  }

  /** One after the other: a request of many waits for itself, not others for it. @throws ApiError */
  async resolved(messages: readonly DraftMessage[]): Promise<readonly DraftMessage[]> {
    const all: DraftMessage[] = []
    for (const [index, message] of messages.entries()) {
      const { content } = message
      if (typeof content === 'string' || !content.some(isToFetch)) {
        all.push(message)
        continue
      }
      const parts: DraftPart[] = []
      for (const part of content) parts.push(isToFetch(part) ? await this.#image(part.url) : part)
      this.#context.say({ switch: 'fetch-image-urls', field: `messages.${index}.content` })
      all.push({ ...message, content: parts })
    }
    return all
  }

  async #image(url: string): Promise<ImagePart> {
    const known = this.#byUrl.get(url)
    if (known !== undefined) return known
    if (this.#byUrl.size === MOST_IMAGES) throw notFetched(url, 'limit', `${MOST_IMAGES} images a request are fetched`)
    const bytes = await this.#bytes(url)
    this.#left -= bytes.length
    const image = mediaFromBase64('image', bytes.toString('base64'))
    if (typeof image === 'string') throw refusedMedia('image', url, image)
    // What is asked for is an image, so what comes back is one.
    if (image.type !== 'image') throw refusedMedia('image', url, 'format')
    this.#byUrl.set(url, image)
    return image
  }

  async #bytes(url: string): Promise<Buffer> {
    const { terms, signal } = this.#context
    const mostBytes = Math.min(MOST_BYTES, this.#left)
    const request = { url, accept: 'image/png, image/jpeg, image/gif, image/webp', takes: isImageType }
    try {
      const { bytes } = await this.#fetch.get(terms.scope, { ...request, mostBytes, totalMs: TIME_MS, signal })
      return bytes
    } catch (error) {
      if (!(error instanceof OutgoingError)) throw error
      const why = error.kind === 'status' ? `its host answered ${error.status ?? ''}` : WHY[error.kind]
      throw notFetched(url, error.kind, why, error)
    }
  }
}

/** Storage services say of everything that it is bytes; what they are the bytes themselves tell. */
function isImageType(type: string | undefined): boolean {
  return type === undefined || type.startsWith('image/') || /^(?:application|binary)\/octet-stream$/.test(type)
}

const NOT_THERE = 'its host is not one of the public internet'

/** Said to whoever sent the URL. Nothing here tells a name that is private from one that there is not, nor what listens where. */
const WHY: Readonly<Record<Exclude<OutgoingErrorKind, 'status'>, string>> = {
  url: 'it is no URL that is fetched',
  scheme: 'only http and https are',
  port: 'its port is not one of the web',
  address: NOT_THERE,
  name: NOT_THERE,
  connect: 'its host cannot be reached',
  redirects: 'it redirects too often, or to nowhere',
  type: 'its host says that it is no image',
  size: `one image has at most ${MOST_BYTES} bytes, and all of a request ${MOST_BYTES_TOGETHER}`,
  time: `it did not come within ${TIME_MS / 1000} seconds`,
  encoding: 'its compression cannot be read',
  cut: 'it was cut off',
}

/** Our log is told the kind and not the URL, which may hold a secret. */
function notFetched(url: string, kind: string, why: string, cause?: OutgoingError): ApiError {
  const details = { reason: `an image was not fetched: ${kind}`, ...(cause === undefined ? {} : { cause }) }
  return apiErrorWith('image_not_fetched', details, { url: shownUrl(url), why })
}
