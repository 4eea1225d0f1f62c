/** The markers that a reading of text looks for, and the search for one of them. */

import type { SpecialToken } from '../special-tokens.ts'

type MarkerKind =
  | 'think-begin'
  | 'think-end'
  | 'section-begin'
  | 'section-end'
  | 'call-begin'
  | 'argument-begin'
  | 'call-end'
  | 'message-end'
  /** Begins a message of anybody. */
  | 'turn'
  /** A special token that has no place in an answer. */
  | 'other'

export interface Marker {
  readonly text: string
  readonly kind: MarkerKind
  /** Not the template's own spelling. */
  readonly variant: boolean
}

const marker = (text: string, kind: MarkerKind, variant = false): Marker => ({ text, kind, variant })

/** What each special token is in an answer, when an engine hands over tokens and not text. */
const KINDS: Partial<Record<SpecialToken, MarkerKind>> = {
  '<think>': 'think-begin',
  '</think>': 'think-end',
  '<|tool_calls_section_begin|>': 'section-begin',
  '<|tool_calls_section_end|>': 'section-end',
  '<|tool_call_begin|>': 'call-begin',
  '<|tool_call_argument_begin|>': 'argument-begin',
  '<|tool_call_end|>': 'call-end',
  '<|im_end|>': 'message-end',
  '[EOS]': 'message-end',
  '[EOT]': 'message-end',
  '<|im_user|>': 'turn',
  '<|im_assistant|>': 'turn',
  '<|im_system|>': 'turn',
}

export function markerOf(token: SpecialToken): Marker {
  return marker(token, KINDS[token] ?? 'other')
}

/**
 * Markers inside a call. Think markers are none of them: the arguments of a tool that writes a file may well hold the
 * text `</think>`. `<|func_start|>` and `<|func_end|>` were seen by the authors of lightseekorg/smg (`kimik2.rs`).
 */
export const CALL_MARKERS: readonly Marker[] = [
  markerOf('<|tool_call_end|>'),
  markerOf('<|tool_calls_section_end|>'),
  markerOf('<|tool_call_begin|>'),
  markerOf('<|tool_call_argument_begin|>'),
  markerOf('<|tool_calls_section_begin|>'),
  // vLLM and tinker-cookbook know the singular too.
  marker('<|tool_call_section_begin|>', 'section-begin', true),
  marker('<|tool_call_section_end|>', 'section-end', true),
  marker('<|func_start|>', 'argument-begin', true),
  marker('<|func_end|>', 'call-end', true),
  markerOf('<|im_end|>'),
  markerOf('<|im_user|>'),
  markerOf('<|im_assistant|>'),
  markerOf('<|im_system|>'),
]

/**
 * Markers everywhere else. Names in brackets, such as `[EOS]`, are not looked for in text: people write them. Nor are
 * the media markers: every engine keeps those out of its text.
 */
export const PLAIN_MARKERS: readonly Marker[] = [
  markerOf('</think>'),
  markerOf('<think>'),
  ...CALL_MARKERS.filter(({ text }) => !text.startsWith('<|func')),
]

/**
 * The marker that begins at `text[at]`, which is a `<`. `cut` when the text ends before that can be said. No marker is
 * the beginning of another, so the answer never changes with more text.
 */
export function markerAt(text: string, at: number, markers: readonly Marker[]): Marker | 'cut' | undefined {
  const left = text.length - at
  if (left > 1 && !isSecond(text.charCodeAt(at + 1))) return undefined
  let rest: string | undefined
  for (const candidate of markers) {
    if (left >= candidate.text.length) {
      if (text.startsWith(candidate.text, at)) return candidate
    } else {
      rest ??= text.slice(at)
      if (candidate.text.startsWith(rest)) return 'cut'
    }
  }
  return undefined
}

/** Whether a marker can have this code behind its `<`: `|`, `/` or `t`. */
function isSecond(code: number): boolean {
  return code === 124 || code === 47 || code === 116
}
