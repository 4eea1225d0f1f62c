import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isOpenToAll, wideLine } from './file-modes.ts'

const disk =
  (modes: Readonly<Record<string, number>>) =>
  (path: string): number | undefined =>
    modes[path]

describe('a file of the configuration', () => {
  it('is open to all where all may read it and enter every folder above it', () => {
    const open = { '/': 0o755, '/etc': 0o755, '/etc/m': 0o755, '/etc/m/m.yaml': 0o644 }
    const isOpen = (other: Readonly<Record<string, number>>): boolean =>
      isOpenToAll('/etc/m/m.yaml', disk({ ...open, ...other }))
    assert.equal(isOpen({}), true)
    assert.equal(isOpen({ '/etc/m/m.yaml': 0o640 }), false)
    assert.equal(isOpen({ '/etc/m/m.yaml': 0o600 }), false)
    assert.equal(isOpen({ '/etc/m': 0o750 }), false)
    assert.equal(isOpen({ '/etc': 0o700 }), false)
  })
})

describe('what is kept', () => {
  const files = ['/d/moonbase.db', '/d/moonbase.db-wal', '/elsewhere/it.db']
  const line = (modes: Readonly<Record<string, number>>): string | undefined => wideLine('/d', files, disk(modes))

  it('is told in one line where somebody else may look in, with what takes that away', () => {
    assert.equal(
      line({ '/d': 0o40755, '/d/moonbase.db': 0o100644, '/d/moonbase.db-wal': 0o100600 }),
      'note: other users of this machine may look into /d (mode 0755), moonbase.db (0644): chmod -R go-rwx /d',
    )
    assert.equal(
      line({ '/d': 0o40700, '/elsewhere/it.db': 0o100640 }),
      'note: other users of this machine may look into /elsewhere/it.db (0640): chmod -R go-rwx /elsewhere/it.db',
    )
    assert.equal(
      line({ '/d': 0o40710 }),
      'note: other users of this machine may look into /d (mode 0710): chmod -R go-rwx /d',
    )
  })

  it('is not told of where only its owner may, or where nobody gets to it', () => {
    assert.equal(line({}), undefined)
    assert.equal(line({ '/d': 0o40700, '/d/moonbase.db': 0o100600, '/elsewhere/it.db': 0o100600 }), undefined)
    assert.equal(line({ '/d': 0o40700, '/d/moonbase.db': 0o100644 }), undefined)
  })
})
