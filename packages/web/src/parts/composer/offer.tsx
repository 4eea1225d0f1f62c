/** What is offered above the field when a request was pasted into it. */

import { Button } from '../button.tsx'
import { useWords } from '../use-words.ts'

interface OfferProps {
  readonly kind: 'request' | 'request-id'
  readonly open: () => void
  readonly keep: () => void
}

export function Offer({ kind, open, keep }: OfferProps) {
  const { say } = useWords()
  return (
    <div className="offer" role="status">
      <span>{say(kind === 'request' ? 'isRequest' : 'isRequestId')}</span>
      <Button kind="solid" small keys="↵" onClick={open}>
        {say('openIt')}
      </Button>
      <Button kind="quiet" small onClick={keep}>
        {say('keepAsText')}
      </Button>
    </div>
  )
}
