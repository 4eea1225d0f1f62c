/** What an application would load of us: the way to an answer, bundled as it would bundle it. */

import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const KB = 1024

/** From a decoded request to events, in one wire, over one engine. What is handed in is no part of it. */
const WAY = `
  export { moonshot } from '@moonbase/core/dialects/moonshot'
  export { foldReply } from '@moonbase/core/generation'
  export { failureOf, newRunFacts, prepare, run } from '@moonbase/core/inference'
  export { DEFAULT_POLICY, ModelTable, Replica, RetryBudget, Watchdog, leastLoad } from '@moonbase/core/routing'
  export { openaiCompatibleEngine } from '@moonbase/core/engines/openai-compatible'
`
const CONTRACT = `export * from '@moonbase/core/contract'`

interface Bundle {
  /** Bytes, minified and then compressed. */
  readonly minified: number
  readonly gzip: number
  /** Bytes of each file in the minified bundle, the largest first. */
  readonly files: readonly (readonly [path: string, bytes: number])[]
}

async function bundled(entry: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2024',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const [output] = Object.values(metafile.outputs)
  const code = outputFiles[0]?.contents
  assert.ok(code !== undefined && output !== undefined)
  const files = Object.entries(output.inputs).map(([path, { bytesInOutput }]) => [path, bytesInOutput] as const)
  return {
    minified: code.length,
    gzip: gzipSync(code, { level: 9 }).length,
    files: files.toSorted(([, one], [, other]) => other - one),
  }
}

const inKb = (bytes: number): string => `${(bytes / KB).toFixed(1)} KB`

describe('an application loads', () => {
  const limits = [
    ['the way to an answer, with the Moonshot dialect and one engine', WAY, 35 * KB],
    ['the contract', CONTRACT, 10 * KB],
  ] as const
  for (const [what, entry, limit] of limits) {
    it(`${what}: at most ${inKb(limit)}`, async (context) => {
      const { minified, gzip, files } = await bundled(entry)
      context.diagnostic(`${inKb(gzip)} compressed, ${inKb(minified)} minified`)
      for (const [path, bytes] of files.slice(0, 10)) context.diagnostic(`${inKb(bytes)} ${path}`)
      assert.ok(gzip <= limit, `${inKb(gzip)}: ${JSON.stringify(files.slice(0, 20))}`)
    })
  }

  it('none of what is handed in', async () => {
    const { files } = await bundled(WAY)
    const handed = files.filter(
      ([path, bytes]) =>
        bytes > 0 &&
        /\/mfjs\/|\/raw-output\/|\/media\/(?:gif|jpeg|png|webp)-size|generation\/media\.ts|platform-error|repair-leaks|raw-prompt|chunk-template|raw-split|render-prompt|declare-tools/.test(
          path,
        ),
    )
    assert.deepEqual(handed, [])
  })
})
