/**
 * Loaded before a test file, in each of its threads and processes. While it is seen what a test reaches, it writes down
 * which mutants the code passes, and how often; threads are ended without a word, so they write when they come to a mutant
 * for the first time. While a mutant is switched on, it is ended when it is passed far too often, as in a loop without end.
 */

import { appendFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env['MOONBASE_MUTANT_REACH']

if (file !== undefined) {
  const passed: Record<string, number> = {}
  if (isMainThread) {
    process.on('exit', () => {
      const lines = Object.entries(passed).map(([id, times]) => `${id} ${times}\n`)
      appendFileSync(file, lines.join(''))
    })
  }
  const seen = isMainThread ? passed : new Proxy(passed, { set: writeAtOnce(file) })
  Object.assign(globalThis, { __stryker__: { mutantCoverage: { static: seen, perTest: {} } } })
}

function writeAtOnce(to: string): NonNullable<ProxyHandler<Record<string, number>>['set']> {
  return (target, id, times: number) => {
    const name = String(id)
    if (!(name in target)) appendFileSync(to, `${name} 0\n`)
    target[name] = times
    return true
  }
}

const limit = process.env['MOONBASE_MUTANT_PASSES']
if (limit !== undefined) Object.assign(globalThis, { __stryker__: { hitCount: 0, hitLimit: Number(limit) } })
