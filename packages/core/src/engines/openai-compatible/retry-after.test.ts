import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRetryAfter } from './retry-after.ts'

const NOW = Date.parse('2026-05-20T08:00:00Z')

test('seconds, milliseconds, dates and the other spelling are read, the most exact first', () => {
  const cases: readonly (readonly [headers: Record<string, string>, ms: number | undefined])[] = [
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': ' 0.5 ' }, 500],
    [{ 'retry-after': 'Wed, 20 May 2026 08:00:07 GMT' }, 7000],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after': '1', 'x-retry-after': '9' }, 1000],
    [{ 'x-retry-after': '2' }, 2000],
    [{ 'retry-after': 'soon', 'x-retry-after': '2' }, 2000],
    [{}, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': 'Infinity' }, undefined],
    [{ 'retry-after': '1e9' }, undefined],
  ]
  for (const [headers, ms] of cases) assert.equal(readRetryAfter(headers, NOW), ms, JSON.stringify(headers))
})

test('a date that has passed is now, and more than a day is not believed', () => {
  assert.equal(readRetryAfter({ 'retry-after': 'Wed, 20 May 2026 07:00:00 GMT' }, NOW), 0)
  assert.equal(readRetryAfter({ 'retry-after': 'Wed, 20 May 2037 07:00:00 GMT' }, NOW), undefined)
  assert.equal(readRetryAfter({ 'retry-after': '86400' }, NOW), 86_400_000)
  assert.equal(readRetryAfter({ 'retry-after': '86401' }, NOW), undefined)
})
