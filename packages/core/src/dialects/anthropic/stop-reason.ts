/** Why a message ended. */

import type { ReplyChoice } from '../../generation/index.ts'

export interface MessageStop {
  readonly stop_reason: string
  readonly stop_sequence: string | null
}

/** @param calls whether calls were given out: some hosts say `stop` behind them, and a client would not run them then */
export function messageStop(
  { finish, stop, paused }: Pick<ReplyChoice, 'finish' | 'stop' | 'paused'>,
  calls: boolean,
): MessageStop {
  if (paused !== undefined) return { stop_reason: 'pause_turn', stop_sequence: null }
  if (finish === 'length') return { stop_reason: 'max_tokens', stop_sequence: null }
  if (finish === 'content_filter') return { stop_reason: 'refusal', stop_sequence: null }
  if (stop !== undefined) return { stop_reason: 'stop_sequence', stop_sequence: stop }
  return { stop_reason: calls ? 'tool_use' : 'end_turn', stop_sequence: null }
}
