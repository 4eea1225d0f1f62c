/** Runs Workers, one after another, in one workerd with the real binding. */

import { startWorkerd } from '../../clients/workers-ai/start-worker.ts'
import type { RecordingProxy } from './recording-proxy.ts'
import type { ProgramEnd } from './run-programs.ts'

/** @param labels whose requests they are to be recorded as: the binding names no path that could say it */
export async function runInWorkerd(
  sources: readonly string[],
  labels: readonly string[],
  proxy: RecordingProxy,
  key: string,
): Promise<ProgramEnd[]> {
  const names = sources.map((_, index) => `program-${index}.mjs`)
  const worker = await startWorkerd({
    url: proxy.url,
    key,
    script: `${names.map((name, index) => `import program${index} from '${name}'\n`).join('')}
const programs = [${names.map((_, index) => `program${index}`).join(', ')}]
export default {
  async fetch(request, env) {
    const { index } = await request.json()
    try {
      const answer = await programs[index].fetch(request, env)
      return Response.json({ out: await answer.text(), error: null })
    } catch (error) {
      return Response.json({ out: '', error: String(error) })
    }
  },
}
`,
    modules: Object.fromEntries(names.map((name, index) => [name, sources[index] ?? ''])),
  })
  try {
    const ends: ProgramEnd[] = []
    for (const [index, label] of labels.entries()) {
      proxy.current = label
      ends.push((await worker.ask({ index })) as ProgramEnd)
    }
    return ends
  } finally {
    proxy.current = undefined
    await worker.close()
  }
}
