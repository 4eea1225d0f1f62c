import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CallHeader, type HeaderChoice } from './call-header.ts'

const END = 99
const choice = (name: string, ...ids: number[]): HeaderChoice => ({ name, ids: [...ids, END] })

describe('the header of a call', () => {
  test('is certain from end to end when there is one tool', () => {
    const header = new CallHeader([choice('a', 1, 2, 3)])
    assert.deepEqual(header.certain(), [1, 2, 3, END])
    assert.equal(header.name, 'a')
  })

  test('is certain where the tools agree, and leaves the rest to a choice between ids', () => {
    const header = new CallHeader([choice('a', 1, 2, 3), choice('b', 1, 4, 3), choice('c', 1, 4, 5)])
    assert.deepEqual(header.certain(), [1])
    assert.equal(header.name, undefined)
    assert.equal(header.grammar(), 'root ::= <[2]> <[3]> <[99]> | <[4]> <[3]> <[99]> | <[4]> <[5]> <[99]>')
    header.take(4)
    assert.deepEqual(header.certain(), [])
    assert.equal(header.grammar(), 'root ::= <[3]> <[99]> | <[5]> <[99]>')
    header.take(5)
    assert.deepEqual(header.certain(), [END])
    assert.equal(header.name, 'c')
  })

  test('a name that begins another one is told from it', () => {
    const header = new CallHeader([choice('get', 1, 2), choice('get_all', 1, 2, 3)])
    assert.deepEqual(header.certain(), [1, 2])
    assert.equal(header.name, undefined)
    header.take(END)
    assert.deepEqual(header.certain(), [])
    assert.equal(header.name, 'get')
  })
})
