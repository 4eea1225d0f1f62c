/** axe-core over a page as it stands: A, AA and best practice. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface Violation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[]
}

/** One line for each place where somebody would be kept out; none where all is well. */
export async function barriersOf(page: Page): Promise<string[]> {
  // By the debugger, which no security policy of the page concerns.
  await page.evaluate(AXE)
  const options = JSON.stringify({ runOnly: RULES, resultTypes: ['violations'] })
  const found = await page.evaluate(`axe.run(document, ${options}).then(({ violations }) =>
    violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ target, failureSummary }) => ({ target: target.map(String), failureSummary })) })))`)
  return (found as Violation[]).flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${help} at ${target.join(' ')} (${failureSummary})`),
  )
}
