/** Where files are kept, as one text names it: `file:<folder>`, `s3://bucket/prefix`, `memory`. */

import { resolve } from 'node:path'
import type { Checked } from './problems.ts'

export type FilesPlace =
  /** Absolute path of a folder, which is made when the first file is kept. */
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 's3'
      readonly bucket: string
      /** Before each key; ends with a slash, or is empty. */
      readonly prefix: string
      readonly region?: string
      /** Of what is not Amazon's: `http://…` or `https://…`. */
      readonly endpoint?: string
    }
  /** Gone with the process. */
  | { readonly kind: 'memory' }

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const PREFIX = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/
const REGION = /^[a-z0-9-]{1,64}$/
const WORDS = 'must be file:<folder>, s3://<bucket>/<prefix> or memory'

/** `folder`: from which a relative path goes. What is wrong is said without quoting the text. */
export function checkFilesPlace(text: string, folder: string): Checked<FilesPlace> {
  if (text === 'memory') return { value: { kind: 'memory' } }
  if (text.startsWith('file:')) {
    const path = text.slice('file:'.length)
    if (path === '' || path.startsWith('//')) {
      return { wrong: 'must name a folder behind "file:", such as file:./files' }
    }
    return { value: { kind: 'file', path: resolve(folder, path) } }
  }
  const address = URL.parse(text)
  return address?.protocol === 's3:' ? s3Place(address) : { wrong: WORDS }
}

function s3Place({ host, pathname, username, password, hash, searchParams }: URL): Checked<FilesPlace> {
  if (username !== '' || password !== '') {
    return { wrong: 'must hold no key: that is read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY' }
  }
  const path = pathname.replace(/^\//, '')
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`
  if (!BUCKET.test(host)) return { wrong: 'must name a bucket behind "s3://", such as s3://moonbase-files/prefix' }
  if (!PREFIX.test(prefix) || hash !== '') {
    return { wrong: 'must have a prefix of letters, digits, ".", "-", "_" and "/" behind the bucket' }
  }
  const { region, endpoint, ...others } = Object.fromEntries(searchParams)
  if (Object.keys(others).length > 0 || (region !== undefined && !REGION.test(region))) {
    return { wrong: 'may have region=<region> and endpoint=<address> behind a "?", and nothing else' }
  }
  if (endpoint !== undefined && !isAddress(endpoint)) {
    return { wrong: 'must have an endpoint such as https://s3.example.com, without a path or a password' }
  }
  return {
    value: {
      kind: 's3',
      bucket: host,
      prefix,
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
    },
  }
}

function isAddress(text: string): boolean {
  const address = URL.parse(text)
  if (address === null || !['http:', 'https:'].includes(address.protocol)) return false
  return address.href === `${address.origin}/`
}
