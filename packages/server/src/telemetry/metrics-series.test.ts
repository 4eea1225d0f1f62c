import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CounterFamily, HistogramFamily, type MetricFamily, writeGauge } from './metrics-series.ts'

function textOf(family: MetricFamily): string {
  const lines: string[] = []
  family.write(lines)
  return lines.join('\n')
}

describe('CounterFamily', () => {
  it('gives the same series for the same labels, and writes each once', () => {
    const family = new CounterFamily('tokens_total', 'Tokens.', ['model', 'type'])
    family.of('k2', 'prompt').value += 3
    family.of('k2', 'prompt').value += 4
    family.of('k2', 'completion')
    assert.equal(
      textOf(family),
      '# HELP tokens_total Tokens.\n# TYPE tokens_total counter\n' +
        'tokens_total{model="k2",type="prompt"} 7\ntokens_total{model="k2",type="completion"} 0',
    )
  })

  it('lets no value break out of its quotes, nor look like another', () => {
    const family = new CounterFamily('a_total', 'A.', ['b', 'c'])
    family.of('x",c="y', 'z').value = 1
    family.of('x', 'y",c="z').value = 2
    family.of('line\nend\\', '').value = 3
    assert.deepEqual(textOf(family).split('\n').slice(2), [
      'a_total{b="x\\",c=\\"y",c="z"} 1',
      'a_total{b="x",c="y\\",c=\\"z"} 2',
      'a_total{b="line\\nend\\\\",c=""} 3',
    ])
  })

  it('refuses labels that are too many or too few', () => {
    assert.throws(() => new CounterFamily('a_total', 'A.', ['b']).of('x', 'y'), /2 values for the labels b/)
  })
})

describe('HistogramFamily', () => {
  it('counts a value in every bucket that reaches it, its bound included', () => {
    const family = new HistogramFamily('wait_seconds', 'Wait.', ['model'], [0.1, 1])
    const histogram = family.of('k2')
    for (const value of [0, 0.1, 0.5, 1, 2]) histogram.observe(value)
    assert.deepEqual(textOf(family).split('\n').slice(1), [
      '# TYPE wait_seconds histogram',
      'wait_seconds_bucket{model="k2",le="0.1"} 2',
      'wait_seconds_bucket{model="k2",le="1"} 4',
      'wait_seconds_bucket{model="k2",le="+Inf"} 5',
      'wait_seconds_sum{model="k2"} 3.6',
      'wait_seconds_count{model="k2"} 5',
    ])
  })

  it('needs no labels', () => {
    const family = new HistogramFamily('wait_seconds', 'Wait.', [], [1])
    family.of().observe(3)
    assert.deepEqual(textOf(family).split('\n').slice(2), [
      'wait_seconds_bucket{le="1"} 0',
      'wait_seconds_bucket{le="+Inf"} 1',
      'wait_seconds_sum 3',
      'wait_seconds_count 1',
    ])
  })
})

describe('writeGauge', () => {
  it('writes what it is given, infinities in the words of the format', () => {
    const lines: string[] = []
    writeGauge(lines, 'wait', 'Wait.', [
      [{}, 1.5],
      [{ engine: 'a' }, Infinity],
      [{ engine: 'b' }, -Infinity],
    ])
    assert.deepEqual(lines.slice(1), [
      '# TYPE wait gauge',
      'wait 1.5',
      'wait{engine="a"} +Inf',
      'wait{engine="b"} -Inf',
    ])
  })
})
