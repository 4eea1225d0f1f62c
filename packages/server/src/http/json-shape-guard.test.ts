import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { JsonShapeGuard } from './json-shape-guard.ts'

const check = (text: string): void => new JsonShapeGuard().check(Buffer.from(text))

describe('JsonShapeGuard', () => {
  it('lets 512 levels pass, and no more', () => {
    check('['.repeat(512) + ']'.repeat(512))
    assert.throws(() => check('{"a":'.repeat(513)), /nested deeper than 512 levels/)
  })

  it('does not look into strings, however they are escaped', () => {
    const brackets = '['.repeat(5000)
    check(JSON.stringify({ text: brackets, more: `\\"${brackets}\\\\`, last: `${brackets}"` }))
    check(`"${brackets}`)
    assert.throws(() => check(`"\\\\"${brackets}`), /nested deeper/)
  })

  it('counts what is side by side, not what was closed again as depth', () => {
    check(`[${'[],'.repeat(10_000)}[]]`)
    assert.throws(() => check(`[${'0,'.repeat(2_000_001)}0]`), /more than 2000000 values/)
  })

  it('takes a run of backslashes for what it is', () => {
    check(`"${'\\'.repeat(100_000)}"`)
  })
})
