import assert from 'node:assert/strict'
import { constants } from 'node:fs'
import { test } from 'node:test'
import { type Disk, whyNotKept } from './why-not-kept.ts'

const NOBODY = 65534
const DATA = '/srv/moonbase/data'
const FILE = `${DATA}/moonbase.db`

interface Entry {
  readonly uid: number
  readonly mode: number
  readonly isFile?: true
  /** What the system answers to whoever would write. */
  readonly code?: string
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code })
}

/** A disk that holds these and nothing else, as `user` finds it. */
function disk(entries: Readonly<Record<string, Entry>>, user: number | undefined = NOBODY): Disk {
  const find = (path: string): Entry => {
    const entry = entries[path]
    if (entry === undefined) throw withCode('ENOENT')
    return entry
  }
  return {
    user,
    stat: (path) => {
      const { uid, mode, isFile } = find(path)
      return { uid, mode, isDirectory: () => isFile !== true }
    },
    access: (path, mode) => {
      const { code } = find(path)
      if (code !== undefined && (mode & constants.W_OK) !== 0) throw withCode(code)
    },
  }
}

const told = (on: Disk, error: Error = withCode('EACCES'), path = FILE): string | undefined =>
  whyNotKept(path, DATA, error, on)

const OPEN = { uid: NOBODY, mode: 0o40700 }
const ELSEWHERE = ', or choose another folder with MOONBASE_DATA or --data'

test('a data folder that belongs to somebody else is told with whom to give it to', () => {
  const theirs = { uid: 1000, mode: 0o40755, code: 'EACCES' }
  const whose = `${DATA} belongs to user 1000, and moonbase runs as user ${NOBODY}`
  assert.equal(told(disk({ [DATA]: theirs })), `${whose}: chown -R ${NOBODY} ${DATA}${ELSEWHERE}`)
})

test('so is a single file in it, for which the whole folder is given: a start as root leaves several', () => {
  const lock = `${FILE}-lock`
  const roots = { uid: 0, mode: 0o100644, isFile: true, code: 'EACCES' } as const
  const whose = `${lock} belongs to user 0, and moonbase runs as user ${NOBODY}`
  assert.equal(
    told(disk({ [DATA]: OPEN, [lock]: roots }), withCode('EACCES'), lock),
    `${whose}: chown -R ${NOBODY} ${DATA}${ELSEWHERE}`,
  )
})

test('what is above the data folder is nobody’s to give away', () => {
  const roots = { uid: 0, mode: 0o40755, code: 'EACCES' }
  const whose = `/srv belongs to user 0, and moonbase runs as user ${NOBODY}`
  assert.equal(told(disk({ '/srv': roots })), `${whose}, so ${DATA} cannot be made: make it as user 0${ELSEWHERE}`)
})

test('a folder of one’s own that may not be written is told with the command that allows it', () => {
  const closed = { uid: NOBODY, mode: 0o40555, code: 'EACCES' }
  assert.equal(
    told(disk({ [DATA]: closed })),
    `${DATA} may not be written (mode 0555): chmod u+rwX ${DATA}${ELSEWHERE}`,
  )
  const odd = "/srv/it's/data"
  const line = whyNotKept(`${odd}/credentials`, odd, withCode('EACCES'), disk({ [odd]: closed }))
  assert.match(line ?? '', /: chmod u\+rwX '\/srv\/it'\\''s\/data', or /)
})

test('a file system that can only be read is told as that, whoever asks', () => {
  for (const user of [0, NOBODY, undefined]) {
    const mounted = disk({ [DATA]: { ...OPEN, code: 'EROFS' } }, user)
    assert.equal(told(mounted), `${DATA} is on a file system that can only be read: make it writable${ELSEWHERE}`)
  }
})

test('a file where a folder should be is told, wherever on the way it stands', () => {
  for (const path of [DATA, '/srv/moonbase', '/srv']) {
    const file = { uid: NOBODY, mode: 0o100644, isFile: true } as const
    const line = told(disk({ [path]: file }), withCode('ENOTDIR'))
    assert.equal(line, `${path} is a file, and a folder is needed there: move it away${ELSEWHERE}`)
  }
})

test('root is not told to become root', () => {
  const line = told(disk({ [DATA]: { uid: 1000, mode: 0o40755, code: 'EPERM' } }, 0))
  assert.equal(line, `${DATA} may not be written, not even as root: see what protects it${ELSEWHERE}`)
})

test('a full disk is told as that', () => {
  assert.equal(
    told(disk({ [DATA]: OPEN }), withCode('ENOSPC')),
    `${FILE}: there is no room left on the disk: make some${ELSEWHERE}`,
  )
})

test('a store that was put elsewhere is not to be mended by another data folder', () => {
  const theirs = { uid: 0, mode: 0o40755, code: 'EACCES' }
  assert.equal(
    told(disk({ '/var/lib': theirs }), withCode('EACCES'), '/var/lib/moonbase.db'),
    `/var/lib belongs to user 0, and moonbase runs as user ${NOBODY}: have it given to that one, or choose another file with MOONBASE_STORE`,
  )
})

test('where nothing is in the way nothing is said, and the caller tells what it knows', () => {
  assert.equal(told(disk({ [DATA]: OPEN, [FILE]: { ...OPEN, isFile: true } }), withCode('EIO')), undefined)
  assert.equal(told(disk({})), undefined)
})
