/** T1 of the workbench: from the printed address to a call that is taken home, and that gives the same answer in a shell. */

import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { eventsOf } from '../../support/call.ts'
import { runInShell } from '../spellings/run-programs.ts'
import { Acts } from './acts.ts'
import { barriersOf } from './look-for-barriers.ts'
import type { PrintedServer } from './printed-server.ts'
import { type WatchedPage, openWatchedPage } from './watch-page.ts'

export interface WalkWishes {
  readonly by: 'mouse' | 'touch' | 'keyboard'
  readonly width: number
  readonly height: number
  /** Whether axe-core looks at each state that is reached. */
  readonly looksForBarriers?: boolean
}

const QUESTION = 'What\'s 2 + 2? Say "four".'

/** Walks it, and asserts all of it. @returns what the person did */
export async function walkT1(browser: Browser, server: PrintedServer, wishes: WalkWishes): Promise<readonly string[]> {
  const { by, width, height, looksForBarriers = false } = wishes
  const watched = await openWatchedPage((options) => browser.newContext(options), {
    origin: server.url,
    width,
    height,
    touch: by === 'touch',
  })
  const { page } = watched
  const barriers: string[] = []
  const look = async (state: string): Promise<void> => {
    if (looksForBarriers) barriers.push(...(await barriersOf(page)).map((line) => `${state}: ${line}`))
  }
  try {
    const acts = new Acts(page, by)
    await page.goto(server.entry)
    const field = page.getByRole('textbox', { name: 'Your message' })
    await field.waitFor()
    // The focus is in it, so nobody has to go there. A finger brings the keyboard up first.
    if (by === 'touch') await field.tap()
    assert.equal(await field.and(page.locator(':focus')).count(), 1, 'the focus is in the field')
    assert.equal(new URL(page.url()).hash, '', 'the token of the address is gone')
    await look('first sight')

    await acts.type(QUESTION)
    if (by === 'touch') await acts.choose(page.getByRole('button', { name: /^Run/ }))
    else await acts.press('Control+Enter')
    await page
      .getByRole('status')
      .filter({ hasText: /^Complete/ })
      .waitFor({ state: 'attached' })
    await look('complete')

    // On a small page it lies in a sheet that a button brings up.
    const role = (await page.getByRole('tab', { name: 'API', exact: true }).isVisible()) ? 'tab' : 'button'
    await acts.choose(page.getByRole(role, { name: 'API', exact: true }))
    await acts.choose(page.getByRole('tabpanel', { name: 'cURL' }).getByRole('button', { name: 'Copy' }))
    const copied = await clipboardOf(watched)
    await look('API')

    assert.match(copied, /^curl /)
    assert.ok(!copied.includes(server.key), 'no key stands in it')
    const answer = (await page.locator('article, [data-turn=answer]').last().innerText()).trim()
    const [end] = await runInShell([copied], { MOONBASE_API_KEY: server.key })
    assert.equal(end?.error, null)
    const again = textOf(end?.out ?? '')
    assert.ok(again.length > 0, end?.out)
    assert.ok(plain(answer).includes(plain(again)), `the page shows ${answer}, the shell ${again}`)

    const { violations, strangers, errors, refused } = watched
    const none = { violations: [], strangers: [], errors: [], refused: [], barriers: [] }
    assert.deepEqual({ violations, strangers, errors, refused, barriers }, none)
    return acts.done
  } finally {
    await page.context().close()
  }
}

/** What the page has put there, read by a page that may: ours may write it and no more. */
async function clipboardOf({ page }: WatchedPage): Promise<string> {
  const reader: Page = await page.context().newPage()
  try {
    // A page of this machine is a secure context, whatever it holds.
    await reader.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<title>reader</title>' }))
    await reader.goto('http://127.0.0.1:9/clipboard')
    await reader.bringToFront()
    return String(await reader.evaluate('navigator.clipboard.readText()'))
  } finally {
    await reader.close()
  }
}

/** The text of a reply or of a stream, as curl prints it. */
function textOf(raw: string): string {
  if (raw.startsWith('{')) {
    const { choices } = JSON.parse(raw) as { choices: readonly { message: { content: string } }[] }
    return choices[0]?.message.content ?? ''
  }
  return eventsOf(raw)
    .map((event) =>
      event === '[DONE]' ? undefined : (event as { choices: readonly { delta: { content?: string } }[] }),
    )
    .map((chunk) => chunk?.choices[0]?.delta.content ?? '')
    .join('')
}

/** Words alone: Markdown's signs are not printed, and lines break elsewhere. */
const plain = (text: string): string => text.replaceAll(/[\s*_`#>|-]+/g, ' ').trim()
