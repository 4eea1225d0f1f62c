/** A page under watch: what its security policy stopped, whom it asked beside its own server, what failed in it. */

import type { BrowserContext, Page } from 'playwright-core'

export interface WatchedPage {
  readonly page: Page
  /** Directives that were broken; counted over every document of the page. */
  readonly violations: string[]
  /** Addresses that are not the server's. */
  readonly strangers: string[]
  /** Errors that nobody caught, and what the page said on the console as an error. */
  readonly errors: string[]
  /** What the server would not give it. That a request is not over yet is an answer, and none of these. */
  readonly refused: string[]
}

export interface PageWishes {
  readonly origin: string
  readonly width: number
  readonly height: number
  readonly touch?: boolean
  readonly language?: 'en' | 'zh-CN'
  readonly theme?: 'light' | 'dark'
}

/** Longer than a loaded machine needs for anything that a page does. */
const PATIENCE_MS = 60_000

export async function openWatchedPage(
  newContext: (options: object) => Promise<BrowserContext>,
  { origin, width, height, touch = false, language = 'en', theme = 'light' }: PageWishes,
): Promise<WatchedPage> {
  const context = await newContext({
    viewport: { width, height },
    hasTouch: touch,
    isMobile: touch,
    locale: language,
    colorScheme: theme,
    // What moves is not what is looked at.
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(PATIENCE_MS)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const violations: string[] = []
  const strangers: string[] = []
  const errors: string[] = []
  const refused: string[] = []
  const page = await context.newPage()
  await page.exposeFunction('moonbaseTestViolation', (words: string) => void violations.push(words))
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
    moonbaseTestViolation(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile + ':' + event.lineNumber))`)
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !/^(?:data|blob|about):/.test(url)) strangers.push(url)
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    // Refusals are heard of below, with their path.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    const isUnderWay = response.status() === 404 && pathname.startsWith('/web/v1/requests/')
    if (response.status() >= 400 && !isUnderWay) refused.push(`${response.status()} ${pathname}`)
  })
  return { page, violations, strangers, errors, refused }
}
