import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Breaker } from './breaker.ts'

const POLICY = { failures: 3, windowMs: 1000, openMs: 100, longestOpenMs: 300 }

function opened(): Breaker {
  const breaker = new Breaker(POLICY)
  for (let time = 1; time <= 3; time += 1) breaker.leave('failure', breaker.enter(), time)
  assert.equal(breaker.state, 'open')
  return breaker
}

describe('a breaker', () => {
  it('opens after enough failures, if they are at least half of what was asked', () => {
    assert.equal(opened().waitMs(3), 100)
    const breaker = new Breaker(POLICY)
    for (let time = 1; time <= 4; time += 1) breaker.leave('success', false, time)
    for (let time = 5; time <= 7; time += 1) breaker.leave('failure', false, time)
    assert.equal(breaker.state, 'closed')
    breaker.leave('failure', false, 8)
    assert.equal(breaker.state, 'open')
  })

  it('forgets what is older than its window', () => {
    const breaker = new Breaker(POLICY)
    for (const time of [1, 2, 1003, 1004]) breaker.leave('failure', false, time)
    assert.equal(breaker.state, 'closed')
  })

  it('hears nothing in clients that left', () => {
    const breaker = new Breaker(POLICY)
    for (let time = 1; time <= 100; time += 1) breaker.leave('neutral', breaker.enter(), time)
    assert.equal(breaker.state, 'closed')
  })

  it('takes clients that left for no success either: failures between them still open it', () => {
    const breaker = new Breaker(POLICY)
    for (let time = 1; time <= 50; time += 1) breaker.leave('neutral', false, time)
    for (let time = 51; time <= 53; time += 1) {
      breaker.leave('failure', false, time)
      breaker.leave('neutral', false, time)
    }
    assert.equal(breaker.state, 'open')
  })

  it('is forgiven by no client that left: the next opening is as long as if the trial had failed', () => {
    const breaker = opened()
    breaker.enter()
    breaker.promise()
    breaker.leave('neutral', true, 110)
    for (let time = 111; time <= 113; time += 1) breaker.leave('failure', false, time)
    assert.equal(breaker.waitMs(113), 200)
  })

  it('lets one trial through, and only the trial ends it', () => {
    const breaker = opened()
    assert.equal(breaker.waitMs(103), 0)
    assert.equal(breaker.enter(), true)
    assert.equal(breaker.state, 'half-open')
    assert.ok(breaker.waitMs(103) > 0)
    assert.equal(breaker.enter(), false, 'whoever comes beside it is no trial')
    breaker.leave('success', false, 104)
    breaker.leave('failure', false, 104)
    assert.equal(breaker.state, 'half-open')
    breaker.leave('success', true, 105)
    assert.equal(breaker.state, 'closed')
  })

  it('stays open longer after each failed trial, up to its limit', () => {
    const breaker = opened()
    let now = 103
    for (const ms of [200, 300, 300]) {
      breaker.leave('failure', breaker.enter(), now)
      assert.equal(breaker.waitMs(now), ms)
      now += ms
    }
  })

  it('takes a trial that says nothing for none', () => {
    const breaker = opened()
    breaker.leave('neutral', breaker.enter(), 103)
    assert.equal(breaker.waitMs(103), 0)
    assert.equal(breaker.enter(), true)
  })

  it('closes with the first token of its trial, and forgives with the first complete answer', () => {
    const breaker = opened()
    const trial = breaker.enter()
    breaker.promise()
    assert.equal(breaker.state, 'closed')
    breaker.leave('failure', trial, 110)
    for (let time = 111; time <= 112; time += 1) breaker.leave('failure', false, time)
    assert.equal(breaker.waitMs(112), 200)
    breaker.enter()
    breaker.promise()
    breaker.leave('success', true, 320)
    for (let time = 321; time <= 323; time += 1) breaker.leave('failure', false, time)
    assert.equal(breaker.waitMs(323), 100)
  })
})
