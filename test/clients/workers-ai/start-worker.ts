/** The Worker in the two places where people run it on their own machine: workerd itself, and Miniflare with its remote proxy. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { once } from '../../support/eventually.ts'
import { requireClient } from '../installed.ts'

const COMPATIBILITY_DATE = '2026-04-01'

export interface RunningWorker {
  /** Sends it a JSON body, and gives back the one that it answers with. */
  ask(body: object): Promise<unknown>
  close(): Promise<void>
}

export interface WorkerPlace {
  /** Of a moonbase: with its key the one thing that is configured. */
  readonly url: string
  readonly key: string
  /** The Worker, a module. */
  readonly script: string
  /** What it imports, by name. Only workerd itself is given them. */
  readonly modules?: Readonly<Record<string, string>>
}

export async function startWorkerd({ url, key, script, modules = {} }: WorkerPlace): Promise<RunningWorker> {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-workerd-'))
  const files = { 'worker.mjs': script, ...modules }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'config.capnp'), workerdConfig(new URL(url).host, key, Object.keys(files)))
  const { default: binary } = requireClient('workerd') as { default: string }
  const child = spawn(binary, ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    env: {},
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const port = await portOf(child)
  const address = `http://127.0.0.1:${port}/`
  return {
    ask: async (body) => (await fetch(address, { method: 'POST', body: JSON.stringify(body) })).json(),
    async close() {
      const exited = once(child, 'exit')
      child.kill()
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Nothing but the address and the key: the class is workerd's own, by its name. */
function workerdConfig(address: string, key: string, files: readonly string[]): string {
  // The first is the Worker.
  const modules = files.map((name) => `( name = "${name}", esModule = embed "${name}" )`)
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "main", worker = .main ),
    ( name = "moonbase", external = (
      address = "${address}",
      http = ( injectRequestHeaders = [( name = "Authorization", value = "Bearer ${key}" )] )
    ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ]
);

const main :Workerd.Worker = (
  modules = [ ${modules.join(', ')} ],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [
    ( name = "AI", wrapped = (
      moduleName = "cloudflare-internal:ai-api",
      innerBindings = [( name = "fetcher", service = "moonbase" )]
    ) ),
  ],
);
`
}

async function portOf(child: ChildProcess): Promise<number> {
  const events = createInterface({ input: child.stdio[3] as Readable })
  child.on('exit', () => events.close())
  for await (const line of events) {
    const event = JSON.parse(line) as { event?: string; port?: number }
    if (event.event === 'listen' && event.port !== undefined) return event.port
  }
  throw new Error('workerd has ended before it listened')
}

interface MiniflareModule {
  readonly Miniflare: new (options: object) => {
    readonly ready: Promise<URL>
    dispatchFetch(url: string, init: object): Promise<{ json(): Promise<unknown> }>
    dispose(): Promise<void>
  }
}

export async function startMiniflare({ url, key, script }: WorkerPlace): Promise<RunningWorker> {
  const { Miniflare } = requireClient('miniflare') as MiniflareModule
  const miniflare = new Miniflare({
    // Nobody is asked where this machine is.
    cf: false,
    modules: true,
    script,
    compatibilityDate: COMPATIBILITY_DATE,
    ai: { binding: 'AI', remoteProxyConnectionString: new URL(`${url}/workers-ai/${key}`) },
  })
  await miniflare.ready
  return {
    async ask(body) {
      const init = { method: 'POST', body: JSON.stringify(body) }
      return (await miniflare.dispatchFetch('http://worker/', init)).json()
    },
    close: () => miniflare.dispose(),
  }
}
