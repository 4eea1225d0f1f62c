/**
 * `<data>/credentials`: the keys that a server made for itself, for its owner to read. The only place where keys are
 * kept as they are.
 *
 * It is written once and never changed. Two servers that start at the same moment agree on one: each writes a file of
 * its own and links it to the name, which only one of them can; the other reads what is there.
 */

import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { codeOf } from '../configuration/read-text-file.ts'
import { shellQuoted, whyNotKept } from '../configuration/why-not-kept.ts'
import { StartError } from '../records/start-error.ts'
import { wrongWithKey } from '../keys/key-text.ts'

export interface Credentials {
  readonly apiKey: string
  readonly adminKey: string
}

export function credentialsPath(dataFolder: string): string {
  return join(dataFolder, 'credentials')
}

/** `undefined` when there is no file. @throws StartError when it may not be trusted or understood; it stays as it is */
export function readCredentials(path: string): Credentials | undefined {
  let text: string
  try {
    text = readPrivately(path)
  } catch (error) {
    if (error instanceof StartError) throw error
    if (codeOf(error) === 'ENOENT') return undefined
    const told = whyNotKept(path, dirname(path), error)
    throw new StartError(
      told ?? `${path}: the file with the keys of this server cannot be read (${codeOf(error)})`,
      error,
    )
  }
  return parse(text, path)
}

/**
 * Writes the file, unless another server was faster. `link` is for tests. @returns whose keys stand now, and whether they are the given ones
 * @throws StartError when the folder cannot be written
 */
export function writeCredentials(
  path: string,
  credentials: Credentials,
  link: Link = linkSync,
): { kept: Credentials; written: boolean } {
  try {
    const written = writeOnce(path, textOf(credentials), link)
    const kept = written ? credentials : readCredentials(path)
    if (kept === undefined) throw new StartError(`${path}: appeared and vanished again; start once more`)
    return { kept, written }
  } catch (error) {
    if (error instanceof StartError) throw error
    const told = whyNotKept(path, dirname(path), error)
    throw new StartError(
      told ??
        `${path}: the keys of this server cannot be kept there (${codeOf(error)}): choose another folder with MOONBASE_DATA or --data`,
      error,
    )
  }
}

type Link = (existing: string, added: string) => void

const OWNER_ONLY_FILE = 0o600
const OWNER_ONLY_FOLDER = 0o700

/** A few comments and two keys; whatever is longer is something else. */
const MOST_BYTES = 16 * 1024

function readPrivately(path: string): string {
  const file = openSync(path, constants.O_RDONLY)
  try {
    const status = fstatSync(file)
    if (!status.isFile()) throw new StartError(`${path}: is not a file, so this server cannot read its keys from it`)
    // Windows keeps no such bits; there the folder's own rights decide.
    if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
      throw new StartError([
        `${path}: other users of this machine may read or change the keys in it (mode ${(status.mode & 0o777).toString(8).padStart(4, '0')})`,
        `Take that right away with: chmod 600 ${shellQuoted(path)}`,
        'If somebody may have read it, remove the file instead: the next start makes new keys.',
      ])
    }
    const bytes = Buffer.alloc(MOST_BYTES + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null)
    }
    if (length > MOST_BYTES) throw corrupt(path, 'it is larger than the file that a server writes')
    return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
}

/** Puts the whole file in place in one step, or not at all. @returns whether it did */
function writeOnce(path: string, text: string, link: Link): boolean {
  mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER })
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  writeNew(draft, text)
  try {
    // A rename would overwrite the file of a faster server; a link refuses.
    link(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (!WITHOUT_LINKS.has(codeOf(error))) throw error
    return writeDirectly(path, text)
  } finally {
    unlinkSync(draft)
  }
}

/** What file systems without hard links answer (FAT, some network and user-space ones). */
const WITHOUT_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])

/** Also refuses when the file exists. Only a server that reads within this instant could see it half written. */
function writeDirectly(path: string, text: string): boolean {
  try {
    writeNew(path, text)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function writeNew(path: string, text: string): void {
  const file = openSync(path, 'wx', OWNER_ONLY_FILE)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function textOf({ apiKey, adminKey }: Credentials): string {
  return `# moonbase made these keys at its first start and reads them at each later one.
# Keep this file to yourself (mode 0600). Remove it, and the next start makes new keys.
# A key given as MOONBASE_API_KEY, as MOONBASE_ADMIN_KEY, or under "keys" in moonbase.yaml takes the place of the one here.

# For clients: Authorization: Bearer <key>
${API_KEY}=${apiKey}

# For the operator.
${ADMIN_KEY}=${adminKey}
`
}

const API_KEY = 'MOONBASE_API_KEY'
const ADMIN_KEY = 'MOONBASE_ADMIN_KEY'

function parse(text: string, path: string): Credentials {
  const values = new Map<string, string>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    const name = line.slice(0, Math.max(0, equals))
    if (name !== API_KEY && name !== ADMIN_KEY) {
      throw corrupt(path, `line ${index + 1} is neither a comment nor ${API_KEY}=… nor ${ADMIN_KEY}=…`)
    }
    if (values.has(name)) throw corrupt(path, `line ${index + 1} gives ${name} a second time`)
    const wrong = wrongWithKey(line.slice(equals + 1))
    if (wrong !== undefined) throw corrupt(path, `the ${name} on line ${index + 1} ${wrong}`)
    values.set(name, line.slice(equals + 1))
  }
  const apiKey = values.get(API_KEY)
  const adminKey = values.get(ADMIN_KEY)
  if (apiKey === undefined || adminKey === undefined) {
    throw corrupt(path, `it has no ${apiKey === undefined ? API_KEY : ADMIN_KEY}`)
  }
  if (apiKey === adminKey) throw corrupt(path, 'both keys are the same')
  return { apiKey, adminKey }
}

function corrupt(path: string, why: string): StartError {
  return new StartError([
    `${path}: the file with the keys of this server is damaged: ${why}`,
    'It was left as it is. Mend it, or remove it: the next start makes new keys.',
  ])
}
