/** The request log of one customer, with what was answered, as it stands when the agent is through. */

import { call } from '../support/call.ts'
import type { Customer, Operator } from '../support/operator.ts'
import type { ToolCall } from './agent.ts'
import type { LoggedRequest } from './judge.ts'

const LIMIT_MS = 60_000

/**
 * Oldest first. A refusal is written behind its reply: one of our own is asked for, and waited for, behind which all
 * others stand there.
 */
export async function requestLog(url: string, operator: Operator, customer: Customer): Promise<LoggedRequest[]> {
  const { headers } = await call(`${url}/v1/chat/completions`, { key: customer.key, body: {} })
  const mark = headers.get('x-request-id')
  const late = performance.now() + LIMIT_MS
  for (;;) {
    const lines = await operator.requests(customer.organisation)
    if (lines.some(({ id }) => id === mark)) {
      const others = lines.filter(({ id }) => id !== mark)
      return Promise.all(others.toReversed().map((line) => withContent(operator, line)))
    }
    if (performance.now() > late) throw new Error(`the log has ${lines.length} lines, and not the last one, ${mark}`)
  }
}

async function withContent(operator: Operator, line: Readonly<Record<string, unknown>>): Promise<LoggedRequest> {
  const { id, status, error } = line
  const { asked, answered } = await operator.get(`/requests/${String(id)}/content`)
  const [choice] = ((answered ?? {}) as Answered).choices ?? []
  return {
    status: Number(status),
    error: error === null ? null : String(error),
    asked,
    text: choice?.content ?? '',
    calls: (choice?.tool_calls ?? []).map(({ function: made }) => readCall(made)),
  }
}

interface Answered {
  readonly choices?: readonly {
    readonly content?: string | null
    readonly tool_calls?: readonly { readonly function: { readonly name: string; readonly arguments: string } }[]
  }[]
}

/** Of an answer that was cut they are no JSON. */
function readCall({ name, arguments: given }: { readonly name: string; readonly arguments: string }): ToolCall {
  try {
    return { name, arguments: JSON.parse(given) as Record<string, unknown> }
  } catch {
    return { name, arguments: {} }
  }
}
