/** How the page is built: hashed files without inline scripts or styles, so that the strictest policy lets them run. */

import react from '@vitejs/plugin-react'
import type { InlineConfig } from 'vite'
import { fileURLToPath } from 'node:url'
import { precompress } from './precompress.ts'

const page = fileURLToPath(new URL('..', import.meta.url))

/** `outDir` is absolute. */
export function viteConfig(outDir: string): InlineConfig {
  return {
    root: page,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    plugins: [react(), precompress()],
    worker: { format: 'es' },
    build: {
      outDir,
      emptyOutDir: true,
      assetsDir: 'assets',
      // A data address would be a second way in for pictures and fonts, and `default-src 'none'` refuses it.
      assetsInlineLimit: 0,
      cssCodeSplit: true,
      // Names what each entry loads: the check of sizes reads it.
      manifest: true,
      // Its script would stand in the page.
      modulePreload: { polyfill: false },
      target: ['chrome120', 'firefox121', 'safari17.2'],
      reportCompressedSize: false,
      license: { fileName: 'licenses.md' },
    },
  }
}
