import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { JsonShapeGuard } from './json-shape-guard.ts'

const check = (text: string): number => new JsonShapeGuard(20_000).check(Buffer.from(text))

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
    check(`[${'[],'.repeat(5_000)}[]]`)
    assert.equal(check(`{"a":[1,2,{"b":"[,{"}]}`), 5)
    assert.throws(() => check(`[${'0,'.repeat(20_000)}0]`), /more than 20000 values/)
  })

  it('comes up by one level with each bracket that closes, of either kind, and by no more', () => {
    for (const [open = '', close = ''] of ['[]', '{}']) {
      const pair = `${open}${close}`
      check(`${open.repeat(511)}${pair}${pair}${close.repeat(511)}`)
      assert.throws(() => check(`${open.repeat(511)}${pair}${open}${open}`), /nested deeper than 512 levels/)
      assert.throws(() => check(`${open.repeat(400)}${close.repeat(100)}${open.repeat(213)}`), /nested deeper/)
      check(`${open.repeat(400)}${close.repeat(100)}${open.repeat(212)}`)
    }
  })

  it('counts brackets of both kinds as levels and as values', () => {
    assert.throws(() => check('[{'.repeat(257)), /nested deeper/)
    assert.throws(() => check(`[${'{}'.repeat(20_000)}]`), /more than 20000 values/)
  })

  it('takes a run of backslashes for what it is', () => {
    check(`"${'\\'.repeat(100_000)}"`)
  })
})
