/** T1 in a real browser against a real server: with a mouse, by keys alone, and with a finger on a small page. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { openChromium, whyNoChromium } from './browser/chromium.ts'
import { startPrintedServer } from './browser/printed-server.ts'
import { walkT1 } from './browser/walk-t1.ts'

describe('from the printed address to a call in a shell', { skip: whyNoChromium() }, () => {
  let browser: Browser
  before(async () => {
    browser = await openChromium()
  })
  after(() => browser.close())

  const WAYS = [
    { name: 'with a mouse: four acts, and no key is typed', by: 'mouse', width: 1440, height: 900, most: 4 },
    { name: 'by keys alone', by: 'keyboard', width: 1440, height: 900, most: 4 },
    // The sheet has to be opened there.
    { name: 'with a finger, at 390 × 844', by: 'touch', width: 390, height: 844, most: 5 },
  ] as const
  for (const { name, most, ...way } of WAYS) {
    it(name, async () => {
      await using server = await startPrintedServer()
      const acts = await walkT1(browser, server, { ...way, looksForBarriers: true })
      assert.ok(acts.length <= most, acts.join(', '))
      assert.ok(acts.every((act) => !act.includes('sk-')))
    })
  }
})
