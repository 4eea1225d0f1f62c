/** Blobs as objects of a bucket, at S3 or at whatever speaks its language. */

import type { S3Client } from '@aws-sdk/client-s3'
import { BlobError, notFound, unavailable } from '../blob-error.ts'
import type { BlobStore, ByteRange, KeptBlob } from '../blob-store.ts'
import { badRange, checkKeys, checkRange, partsOf } from '../check-blobs.ts'
import { MeasuredSource } from '../measured-source.ts'
import { PartGatherer } from './part-gatherer.ts'

type Sdk = typeof import('@aws-sdk/client-s3')

export interface S3BlobsParts {
  /** The SDK, which is loaded when a place of S3 is configured. */
  readonly sdk: Sdk
  readonly client: S3Client
  readonly bucket: string
  /** Before each key; ends with a slash, or is empty. */
  readonly prefix: string
}

/** Removed at once. */
const SIDE_BY_SIDE = 8

export class S3Blobs implements BlobStore {
  readonly #parts: S3BlobsParts

  constructor(parts: S3BlobsParts) {
    this.#parts = parts
  }

  /** What fits into one part is one request; more are sent one part after the other, of which three are in memory at most. */
  async put(key: string, source: AsyncIterable<Uint8Array>, mostBytes: number): Promise<KeptBlob> {
    const object = this.#objectOf(key)
    const measured = new MeasuredSource(source, mostBytes)
    const gatherer = new PartGatherer(measured.chunks())
    try {
      const first = (await gatherer.next()) ?? new Uint8Array(0)
      const second = await gatherer.next()
      if (second === undefined) await this.#putWhole(object, first)
      else await this.#putParts(object, [first, second], gatherer)
    } finally {
      await gatherer.close()
    }
    return measured.kept()
  }

  async open(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const object = this.#objectOf(key)
    checkRange(range)
    const { sdk, client } = this.#parts
    const { ContentLength: size = 0 } = await this.#tried(() => client.send(new sdk.HeadObjectCommand(object)), key)
    if (range !== undefined && range.from >= size) throw badRange(range)
    return this.#read(key, range)
  }

  async remove(keys: readonly string[]): Promise<void> {
    checkKeys(keys)
    const { sdk, client } = this.#parts
    for (let from = 0; from < keys.length; from += SIDE_BY_SIDE) {
      // One by one: the order for many at once wants a checksum that not every store of this kind reads.
      const some = keys.slice(from, from + SIDE_BY_SIDE).map((key) => new sdk.DeleteObjectCommand(this.#objectOf(key)))
      await this.#tried(() => Promise.all(some.map((command) => client.send(command))))
    }
  }

  /** It is asked for with the first question: whoever asks nothing leaves no connection waiting. */
  async *#read(key: string, range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
    const { sdk, client } = this.#parts
    const Range = range === undefined ? undefined : `bytes=${range.from}-${range.to - 1}`
    const command = new sdk.GetObjectCommand({ ...this.#objectOf(key), ...(Range === undefined ? {} : { Range }) })
    const { Body } = await this.#tried(() => client.send(command), key)
    if (Body === undefined || !(Symbol.asyncIterator in Body)) return
    const bytes: AsyncIterable<Uint8Array> = Body
    try {
      yield* bytes
    } catch (error) {
      throw unavailable(error)
    }
  }

  async #putWhole(object: ObjectName, body: Uint8Array): Promise<void> {
    const { sdk, client } = this.#parts
    await this.#tried(() => client.send(new sdk.PutObjectCommand({ ...object, Body: body })))
  }

  async #putParts(object: ObjectName, first: readonly Uint8Array[], rest: PartGatherer): Promise<void> {
    const { sdk, client } = this.#parts
    const begun = await this.#tried(() => client.send(new sdk.CreateMultipartUploadCommand(object)))
    const upload = { ...object, UploadId: begun.UploadId }
    const done: { readonly ETag: string | undefined; readonly PartNumber: number }[] = []
    const send = async (body: Uint8Array): Promise<void> => {
      const PartNumber = done.length + 1
      const command = new sdk.UploadPartCommand({ ...upload, PartNumber, Body: body })
      const { ETag } = await this.#tried(() => client.send(command))
      done.push({ ETag, PartNumber })
    }
    try {
      for (const part of first) await send(part)
      for (let part = await rest.next(); part !== undefined; part = await rest.next()) await send(part)
      const whole = new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: done } })
      await this.#tried(() => client.send(whole))
    } catch (error) {
      // Where this fails too, parts may be left, which the bucket's own rule for unfinished uploads takes away.
      await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined)
      throw error
    }
  }

  #objectOf(key: string): ObjectName {
    partsOf(key)
    return { Bucket: this.#parts.bucket, Key: this.#parts.prefix + key }
  }

  /** `key`: of a blob that must be there. */
  async #tried<Result>(work: () => Promise<Result>, key?: string): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof BlobError) throw error
      const name = error instanceof Error ? error.name : ''
      if (key !== undefined && (name === 'NotFound' || name === 'NoSuchKey')) throw notFound(key)
      throw unavailable(error)
    }
  }
}

interface ObjectName {
  readonly Bucket: string
  readonly Key: string
}
