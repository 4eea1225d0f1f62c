/** The one walk through the page that `npm test` makes: T1, with a mouse. `npm run test:web` makes all of them. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openChromium, whyNoChromium } from './web/browser/chromium.ts'
import { startPrintedServer } from './web/browser/printed-server.ts'
import { walkT1 } from './web/browser/walk-t1.ts'

it(
  'four acts lead from the printed address to a call in a shell',
  { skip: whyNoChromium(), timeout: 180_000 },
  async () => {
    const browser = await openChromium()
    try {
      await using server = await startPrintedServer()
      const acts = await walkT1(browser, server, { by: 'mouse', width: 1440, height: 900 })
      assert.equal(acts.length, 4, acts.join(', '))
    } finally {
      await browser.close()
    }
  },
)
