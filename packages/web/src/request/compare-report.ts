/** A comparison as one Markdown file: of each column its settings, its answer, its figures. */

import type { DeskState } from '../desk/desk-state.ts'

function figuresOf(state: DeskState): string[] {
  const answer = state.view.turns.findLast((turn) => turn.answer !== undefined)?.answer
  return (answer?.figures ?? []).map((figure) => {
    switch (figure.kind) {
      case 'first-token':
        return `- first token: ${figure.ms} ms`
      case 'rate':
        return `- tokens per second: ${figure.tokensPerSecond.toFixed(1)}`
      case 'input':
        return `- in: ${figure.tokens}, cached ${figure.cached}`
      case 'answer':
      case 'thinking':
        return `- ${figure.kind}: ${figure.tokens} tokens`
      case 'cost':
        return `- cost: ${figure.amount} ${figure.currency}`
      case 'settled':
        return `- request: ${figure.requestId}`
    }
  })
}

export function compareReport(columns: readonly DeskState[]): string {
  const parts = columns.map((state, at) => {
    const answer = state.view.turns.findLast((turn) => turn.answer !== undefined)?.answer
    const { messages: _messages, ...settings } = state.settings
    return [
      `## ${'ABCD'[at] ?? at}`,
      '```json',
      JSON.stringify(settings, null, 2),
      '```',
      ...figuresOf(state),
      '',
      answer?.text ?? '',
    ].join('\n')
  })
  return `${parts.join('\n\n')}\n`
}
