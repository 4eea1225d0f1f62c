/** Runs the programs that it is given the paths of, one after another: for each a line of JSON with what it printed. */

import { readFileSync, writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

let out = ''
process.stdout.write = (text) => {
  out += text
  return true
}

for (const path of JSON.parse(readFileSync(0, 'utf8'))) {
  out = ''
  let error = null
  try {
    await import(pathToFileURL(path).href)
  } catch (thrown) {
    error = String(thrown?.stack ?? thrown)
  }
  writeSync(1, `${JSON.stringify({ out, error })}\n`)
}
