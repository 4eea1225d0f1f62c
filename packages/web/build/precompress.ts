/** Puts a `.br` and a `.gz` beside each file of text, so that the server compresses nothing while it serves. */

import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

/** Below this many bytes a header costs more than is won. */
const LEAST = 512
const TEXT = /\.(?:js|css|svg|json|webmanifest)$/

const smallest = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
  gz: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }),
}

/** Leaves `index.html` as it is: the server writes a new nonce into it each time. */
export function precompress(): Plugin {
  return {
    name: 'moonbase:precompress',
    apply: 'build',
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler({ dir }) {
        if (dir === undefined) throw new Error('the page is built into a folder')
        const assets = join(dir, 'assets')
        const files = (await readdir(assets)).filter((name) => TEXT.test(name))
        await Promise.all(files.map((name) => compressed(join(assets, name))))
      },
    },
  }
}

async function compressed(file: string): Promise<void> {
  const bytes = await readFile(file)
  if (bytes.length < LEAST) return
  await Promise.all([
    writeFile(`${file}.br`, await smallest.br(bytes)),
    writeFile(`${file}.gz`, await smallest.gz(bytes)),
  ])
}
