/** Opens a bucket. Loads the SDK, some 30 MB of memory, only here. */

import type { BlobStore } from '../blob-store.ts'
import { S3Blobs } from './s3-blobs.ts'

export interface S3BlobsOptions {
  readonly bucket: string
  /** Before each key; ends with a slash, or is empty. */
  readonly prefix: string
  /** Without one: `AWS_REGION`, or what the machine says. */
  readonly region?: string
  /** The address of what is not Amazon's, such as `http://127.0.0.1:9000`; buckets are then named in the path. */
  readonly endpoint?: string
  /** Without them: the environment, the files and the services in which the SDK looks for them. Secret. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

const CONNECT_MS = 5_000
const SILENCE_MS = 60_000
const TRIES = 3

export async function openS3Blobs(options: S3BlobsOptions): Promise<BlobStore> {
  const { bucket, prefix, region, endpoint, credentials } = options
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client({
    maxAttempts: TRIES,
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
    // Checksums of its own that the SDK would add are known to Amazon alone; TLS keeps what is on the way whole.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
  })
  return new S3Blobs({ sdk, client, bucket, prefix })
}
