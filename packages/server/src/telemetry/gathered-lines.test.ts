import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { GatheredLines } from './gathered-lines.ts'

function gathered() {
  const written: string[] = []
  return { written, lines: new GatheredLines({ write: (text) => written.push(text) }) }
}

describe('GatheredLines', () => {
  it('writes many lines at once, after half a second', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const { written, lines } = gathered()
      lines.write('a\n')
      mock.timers.tick(300)
      lines.write('b\n')
      mock.timers.tick(199)
      assert.deepEqual(written, [])
      mock.timers.tick(1)
      assert.deepEqual(written, ['a\nb\n'])
      lines.write('c\n')
      mock.timers.tick(500)
      assert.deepEqual(written, ['a\nb\n', 'c\n'])
    } finally {
      mock.timers.reset()
    }
  })

  it('does not hold more than it may', () => {
    const { written, lines } = gathered()
    const line = `${'x'.repeat(999)}\n`
    for (let count = 0; count < 66; count += 1) lines.write(line)
    assert.equal(written.length, 1)
    lines.flush()
    assert.equal(written.join(''), line.repeat(66))
  })

  it('has nothing to flush twice', () => {
    const { written, lines } = gathered()
    lines.write('a\n')
    lines.flush()
    lines.flush()
    assert.deepEqual(written, ['a\n'])
  })
})
