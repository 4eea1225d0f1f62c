/**
 * Calls and results: every call has one result, every result answers a call, in any order.
 *
 * Ids are unique only inside one answer (`search:0` comes again in the next turn), so they are matched within the run of
 * messages that follows the call. An id may stand twice in one answer; each needs a result of its own.
 */

import { apiError } from '@moonbase/protocol/errors'
import type { DraftMessage, ToolCall } from '../generation/index.ts'

const SHOWN_ID_CHARACTERS = 128
const SHOWN_IDS = 16

export function checkToolResults(messages: readonly DraftMessage[]): void {
  /** How many results each id of the latest answer still waits for. */
  let open: Map<string, number> | undefined
  for (const message of messages) {
    if (message.role === 'tool') {
      const waiting = open?.get(message.toolCallId)
      if (open === undefined || waiting === undefined) {
        throw apiError('tool_call_id_not_found', { id: message.toolCallId.slice(0, SHOWN_ID_CHARACTERS) })
      }
      if (waiting === 1) open.delete(message.toolCallId)
      else open.set(message.toolCallId, waiting - 1)
    } else {
      requireAnswered(open)
      if (message.role === 'assistant' && message.toolCalls.length > 0) {
        open = countIds(message.toolCalls)
      }
    }
  }
  requireAnswered(open)
}

function countIds(calls: readonly ToolCall[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { id } of calls) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

function requireAnswered(open: ReadonlyMap<string, number> | undefined): void {
  if (open === undefined || open.size === 0) return
  const ids = [...open.keys()].slice(0, SHOWN_IDS).map((id) => id.slice(0, SHOWN_ID_CHARACTERS))
  throw apiError('missing_tool_results', { ids: ids.join(', ') })
}
