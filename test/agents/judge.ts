/** Whether an agent did its task: by the disk, by its exit, and by what the server's request log says that it asked and was answered. */

import { isDeepStrictEqual } from 'node:util'
import type { TaskCalls, ToolCall } from './agent.ts'
import { END, SUMMARY } from './scenario-file.ts'
import type { Trouble } from './troubles.ts'

/** A line of the request log, with what was answered. */
export interface LoggedRequest {
  readonly status: number
  /** A code of the error table, or `null`. */
  readonly error: string | null
  /** As it came, for who looks into it. */
  readonly asked?: unknown
  readonly text: string
  readonly calls: readonly ToolCall[]
}

export interface Evidence {
  /** Why the program did not end with 0. */
  readonly failure: string | undefined
  /** What of the task is not there on the disk. */
  readonly undone: readonly string[]
  /** Oldest first. */
  readonly requests: readonly LoggedRequest[]
}

export interface Verdict {
  readonly outcome: 'finished' | 'compacted' | 'failed'
  /** Nothing where it did not fail. */
  readonly why: readonly string[]
}

const STEPS = ['read', 'edit', 'run', 'end'] as const
type Step = (typeof STEPS)[number] | 'summary' | 'aside'

export function judge({ failure, undone, requests }: Evidence, calls: TaskCalls, { code }: Trouble): Verdict {
  const why = [...(failure === undefined ? [] : [failure]), ...undone]
  const steps = requests.filter(({ error }) => error === null).map((request) => stepOf(request, calls))
  const work = steps.filter((step) => STEPS.some((known) => known === step))
  const missing = STEPS.filter((step) => !work.includes(step))
  if (missing.length > 0) why.push(`the log has no ${missing.join(', ')}`)
  else if (!isDeepStrictEqual([...new Set(work)], STEPS)) why.push(`the log has ${work.join(', ')}`)
  const failures = requests.flatMap(({ error }) => error ?? [])
  const others = [...new Set(failures.filter((error) => error !== code))]
  if (others.length > 0) why.push(`refused: ${others.join(', ')}`)
  const met = failures.filter((error) => error === code).length
  if (code !== undefined && met !== 1) why.push(`met ${code} ${met} times`)
  if (why.length > 0) return { outcome: 'failed', why }
  return { outcome: steps.includes('summary') ? 'compacted' : 'finished', why }
}

function stepOf({ text, calls }: LoggedRequest, task: TaskCalls): Step {
  const [made] = calls
  if (made === undefined) return text === END ? 'end' : text === SUMMARY ? 'summary' : 'aside'
  const known = (['read', 'edit', 'run'] as const).find((step) => isDeepStrictEqual(task[step], made))
  return known ?? 'aside'
}
