/** The built page: all its files in memory, by the path under which they are asked for, with their compressed forms. */

import { hash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One file as it is sent. */
export interface PageFile {
  readonly contentType: string
  readonly plain: Uint8Array
  /** By the name of the encoding, where that is smaller. */
  readonly encoded: ReadonlyMap<Encoding, Uint8Array>
  /** Of the file itself, in hex: a tag by which a browser asks whether it has changed. */
  readonly digest: string
  /** Its name has a hash of its own: what is behind it never changes. */
  readonly immutable: boolean
}

export type Encoding = 'br' | 'gzip'

export interface BuiltPage {
  /** `index.html`, in which `PLACEHOLDERS` stand. */
  readonly index: string
  /** By the path behind the address of the server: `/assets/index-3eLaH_rL.js`. */
  readonly files: ReadonlyMap<string, PageFile>
}

/** What the server puts into `index.html` each time that it sends it. */
export const PLACEHOLDERS = { nonce: '__MOONBASE_NONCE__', address: '__MOONBASE_ADDRESS__' } as const

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
}

const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

const INDEX = 'index.html'
/** Vite puts there what has a hash in its name. */
const HASHED = '/assets/'

/** A page has some hundred files and a few megabytes; what is larger is something else. */
const MOST_FILES = 2_000
const MOST_BYTES = 64 * 1024 * 1024

/** Beside this package where both are of one checkout, else where packages are installed. */
export function builtPage(): BuiltPage | undefined {
  return readPage(fileURLToPath(new URL('../../../../web/dist/', import.meta.url))) ?? installedPage()
}

/** No dependency: a server goes without it, and nothing of it is run here. */
const PACKAGE = '@moonbase/web'

function installedPage(): BuiltPage | undefined {
  let description: string
  try {
    description = import.meta.resolve(`${PACKAGE}/package.json`)
  } catch (error) {
    if (error instanceof Error && 'code' in error && NOT_INSTALLED.has(String(error.code))) return undefined
    throw error
  }
  return readPage(fileURLToPath(new URL('dist/', description)))
}

const NOT_INSTALLED = new Set(['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'])

/** `undefined` where nothing was built into this folder. @throws Error for a folder that is no page */
export function readPage(folder: string): BuiltPage | undefined {
  let bytes = 0
  const read = (path: string): Buffer => {
    const content = readFileSync(path)
    bytes += content.length
    if (bytes > MOST_BYTES) throw new Error(`${folder}: has more than the ${MOST_BYTES} bytes of a page`)
    return content
  }
  let paths: string[]
  try {
    paths = pathsIn(folder)
    if (!paths.includes(INDEX)) return undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  if (paths.length > MOST_FILES) throw new Error(`${folder}: has more than the ${MOST_FILES} files of a page`)
  const known = new Set(paths)
  const files = new Map<string, PageFile>()
  for (const path of paths) {
    const contentType = TYPES[extname(path)]
    if (contentType === undefined) continue
    const plain = read(join(folder, path))
    const encoded = new Map<Encoding, Uint8Array>()
    for (const [encoding, ending] of ENCODINGS) {
      if (known.has(path + ending)) encoded.set(encoding, read(join(folder, path + ending)))
    }
    const name = `/${path}`
    files.set(name, {
      contentType,
      plain,
      encoded,
      digest: hash('sha256', plain, 'hex').slice(0, DIGEST_CHARACTERS),
      immutable: name.startsWith(HASHED),
    })
  }
  return { index: read(join(folder, INDEX)).toString('utf8'), files }
}

const DIGEST_CHARACTERS = 32

/** With forward slashes. What begins with a dot is of the build. */
function pathsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.startsWith('.') && !path.includes('/.'))
}
