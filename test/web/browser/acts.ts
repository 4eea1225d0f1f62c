/** What a person does to a page, counted: a press, a click, a tap, a text that is typed. Waiting and reading are none. */

import type { Locator, Page } from 'playwright-core'

export class Acts {
  readonly done: string[] = []
  readonly #page: Page
  readonly #by: 'mouse' | 'touch' | 'keyboard'

  constructor(page: Page, by: 'mouse' | 'touch' | 'keyboard') {
    this.#page = page
    this.#by = by
  }

  /** Key by key, where the focus is. */
  async type(text: string): Promise<void> {
    this.done.push(`type ${text}`)
    await this.#page.keyboard.type(text)
  }

  async press(keys: string): Promise<void> {
    this.done.push(`press ${keys}`)
    await this.#page.keyboard.press(keys)
  }

  /** With what the person has: a mouse, a finger, or the keys that lead there. */
  async choose(target: Locator): Promise<void> {
    const name = (await target.getAttribute('aria-label')) ?? (await target.innerText())
    this.done.push(`choose ${name.trim()}`)
    if (this.#by === 'touch') return target.tap()
    if (this.#by === 'mouse') return target.click()
    await this.#walkTo(target)
    await this.#page.keyboard.press('Enter')
  }

  /** By Tab, and inside a list of tabs by the arrows, as its pattern has it. Each step must show where the focus is. */
  async #walkTo(target: Locator): Promise<void> {
    const focused = this.#page.locator(':focus')
    const tabs = this.#page.getByRole('tablist').filter({ has: target }).locator(':focus')
    const seen: string[] = []
    for (let step = 0; step < MOST_STEPS; step += 1) {
      if ((await target.and(focused).count()) === 1) return
      seen.push(String(await this.#page.evaluate(FOCUSED)))
      await this.#page.keyboard.press((await tabs.count()) === 1 ? 'ArrowRight' : 'Tab')
    }
    throw new Error(`${MOST_STEPS} steps did not lead there: ${seen.slice(-40).join(' → ')}`)
  }
}

/** More than there are places in the page. */
const MOST_STEPS = 150

const FOCUSED = `(() => {
  const { activeElement: at } = document
  return at === null ? 'nothing' : at.tagName.toLowerCase() + ' ' + (at.getAttribute('aria-label') ?? at.textContent ?? '').trim().slice(0, 30)
})()`
