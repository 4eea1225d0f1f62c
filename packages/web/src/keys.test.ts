/** Keys do what the table says, in no field and in fields as it says, and nothing at all while an input method composes. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KEYS, KeyReader, printedKeys, type Pressed } from './keys.ts'

const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  ...more,
})

describe('keys', () => {
  it('run with Ctrl Enter, and with ⌘ Enter on a Mac', () => {
    assert.equal(new KeyReader(false).read(press('Enter', { ctrlKey: true }), true, 0), 'run')
    assert.equal(new KeyReader(false).read(press('Enter', { metaKey: true }), true, 0), undefined)
    assert.equal(new KeyReader(true).read(press('Enter', { metaKey: true }), true, 0), 'run')
  })
  it('do nothing while an input method composes, nor with the key that ends it', () => {
    const reader = new KeyReader(false)
    assert.equal(reader.read(press('Enter', { ctrlKey: true, isComposing: true }), true, 0), undefined)
    assert.equal(reader.read(press('Enter', { ctrlKey: true, keyCode: 229 }), true, 0), undefined)
  })
  it('of one sign work where no field has the focus', () => {
    const reader = new KeyReader(false)
    assert.equal(reader.read(press('e'), false, 0), 'edit')
    assert.equal(reader.read(press('e'), true, 0), undefined)
    assert.equal(reader.read(press('?', { shiftKey: true }), false, 0), 'keys')
  })
  it('go places with g and a letter within a second', () => {
    const reader = new KeyReader(false)
    assert.equal(reader.read(press('g'), false, 0), undefined)
    assert.equal(reader.read(press('c'), false, 400), 'goCompare')
    assert.equal(reader.read(press('g'), false, 5000), undefined)
    assert.equal(reader.read(press('c'), false, 7000), 'compare')
  })
  it('are each bound once', () => {
    assert.equal(new Set(KEYS.map(({ keys }) => keys)).size, KEYS.length)
  })
  it('are printed as the keyboard has them', () => {
    assert.equal(printedKeys('Mod k', false), 'Ctrl K')
    assert.equal(printedKeys('Mod Enter', true), '⌘↵')
    assert.equal(printedKeys('g w', false), 'g w')
  })
})
