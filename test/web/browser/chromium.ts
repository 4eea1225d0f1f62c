/** The browser that pages are tested in: Debian's Chromium, or one that `MOONBASE_CHROMIUM` names; no download. */

import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PROGRAM = process.env['MOONBASE_CHROMIUM'] ?? '/usr/bin/chromium'

/** Why tests that need it are skipped, or false. With `MOONBASE_CHROMIUM=required`, as in CI, a missing one is a failure. */
export function whyNoChromium(): string | false {
  const wanted = PROGRAM === 'required' ? '/usr/bin/chromium' : PROGRAM
  if (existsSync(wanted)) return false
  if (PROGRAM === 'required') throw new Error(`${wanted} is not there`)
  return `no browser at ${wanted}: apt-get install -y --no-install-recommends chromium`
}

export function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: PROGRAM === 'required' ? '/usr/bin/chromium' : PROGRAM,
    args: [
      // Its sandbox needs rights that CI's containers do not give; it opens nothing but our own page.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      // Nobody on the network is asked anything.
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
    ],
    timeout: 60_000,
  })
}
