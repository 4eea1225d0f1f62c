import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type FoundDatabase, type Milestone, disagreement, readWitness, writeWitness } from './witness.ts'

const folder = mkdtempSync(join(tmpdir(), 'moonbase-witness-file-'))
after(() => rmSync(folder, { recursive: true }))

const WITNESS: Milestone = { store: 'a', epoch: 3, transfer: { id: 7, hash: 'h7' } }
const FOUND: FoundDatabase = { store: 'a', epoch: 3, isEmpty: false, hashOf: (id) => (id <= 9 ? `h${id}` : undefined) }

describe('a witness', () => {
  it('is written as a whole and read back; where there is none, it is none', async () => {
    const path = join(folder, 'witness')
    assert.equal(readWitness(path), undefined)
    for (const witness of [WITNESS, { ...WITNESS, epoch: 0, transfer: null }]) {
      await writeWitness(path, witness)
      assert.deepEqual(readWitness(path), witness)
    }
  })

  it('is believed whole or not at all', () => {
    const path = join(folder, 'damaged')
    for (const text of [
      '',
      'no',
      'null',
      '[]',
      '{}',
      '{"store":1,"epoch":1,"transfer":null}',
      '{"store":"a","epoch":-1,"transfer":null}',
      '{"store":"a","epoch":1.5,"transfer":null}',
      '{"store":"a","epoch":1,"transfer":7}',
      '{"store":"a","epoch":1,"transfer":{"id":1}}',
      JSON.stringify(WITNESS).slice(0, -1),
    ]) {
      writeFileSync(path, text)
      assert.throws(() => readWitness(path), /is damaged/, text)
    }
  })

  it('agrees with a database that has come as far, or farther', () => {
    assert.equal(disagreement(WITNESS, FOUND), undefined)
    assert.equal(disagreement(WITNESS, { ...FOUND, epoch: 9 }), undefined)
    assert.equal(disagreement({ ...WITNESS, transfer: null }, { ...FOUND, hashOf: () => undefined }), undefined)
  })

  it('disagrees with every other one', () => {
    assert.equal(disagreement(WITNESS, { ...FOUND, isEmpty: true }), 'empty')
    assert.equal(disagreement(WITNESS, { ...FOUND, store: 'b' }), 'another')
    assert.equal(disagreement(WITNESS, { ...FOUND, store: undefined }), 'older')
    assert.equal(disagreement(WITNESS, { ...FOUND, epoch: 2 }), 'older')
    assert.equal(disagreement(WITNESS, { ...FOUND, hashOf: () => undefined }), 'older')
    assert.equal(disagreement(WITNESS, { ...FOUND, hashOf: () => 'h8' }), 'older')
  })
})
