/** What is told to who does not see: that it thinks, answers, is complete, was stopped, was continued. Never a token. */

import type { Desk } from './desk.ts'
import { useWords } from '../parts/use-words.ts'

export function StatusRegion({ desk }: { readonly desk: Desk }) {
  const { say, format } = useWords()
  const answer = desk.view.turns.at(-1)?.answer
  const words = (): string => {
    if (answer === undefined) return ''
    const seam = answer.notes.find((note) => note.kind === 'seams')?.seams.at(-1)
    switch (answer.phase) {
      case 'thinking':
        return seam === undefined ? say('statusThinking') : say('statusContinuedBy', seam.to)
      case 'answering':
        return seam === undefined ? say('statusAnswering') : say('statusContinuedBy', seam.to)
      case 'complete':
      case 'seam': {
        const [tokens = 0] = answer.figures.flatMap((figure) => (figure.kind === 'answer' ? [figure.tokens] : []))
        const cost = answer.figures.find((figure) => figure.kind === 'cost')
        const said = cost === undefined ? '' : format.money(cost.amount, cost.currency)
        return say('statusComplete', tokens, said)
      }
      case 'stopped':
        return say('statusStopped')
      case 'failed':
        return say('statusFailed')
      case 'waiting':
      case 'sent':
        return ''
    }
  }
  return (
    <div className="unseen" role="status">
      {words()}
    </div>
  )
}
