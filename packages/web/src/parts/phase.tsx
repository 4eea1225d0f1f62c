/** The phase of an answer as a disc of 14 px: a ring while nothing came, a moon that waxes, a full disc at its end. */

import type { Phase } from '../conversation/index.ts'
import type { WordKey } from '../words/say.ts'
import { useWords } from './use-words.ts'

const PHASE_WORDS = {
  waiting: 'phaseWaiting',
  sent: 'phaseSent',
  thinking: 'phaseThinking',
  answering: 'phaseAnswering',
  complete: 'phaseComplete',
  seam: 'phaseSeam',
  stopped: 'phaseStopped',
  failed: 'phaseFailed',
} as const satisfies Record<Phase, WordKey>

/** The drawing alone: the icon of the tab uses the same. */
function phaseShapes(phase: Phase) {
  switch (phase) {
    case 'waiting':
      return (
        <circle cx="7" cy="7" r="5.4" fill="none" stroke="var(--ink-3)" strokeWidth="1.3" strokeDasharray="2 1.7" />
      )
    case 'sent':
      return <circle cx="7" cy="7" r="5.4" fill="none" stroke="var(--earth)" strokeWidth="1.4" />
    case 'thinking':
      return (
        <>
          <circle cx="7" cy="7" r="5.4" fill="none" stroke="var(--earth)" strokeWidth="1.1" opacity="0.55" />
          <path d="M7 1.4a5.6 5.6 0 0 1 0 11.2A8.6 8.6 0 0 0 7 1.4z" transform="translate(1 0)" fill="var(--earth)" />
        </>
      )
    case 'answering':
      return (
        <>
          <circle cx="7" cy="7" r="5.4" fill="none" stroke="var(--earth)" strokeWidth="1.1" opacity="0.55" />
          <path d="M7 1.4a5.6 5.6 0 0 1 0 11.2A3.2 5.6 0 0 1 7 1.4z" fill="var(--earth)" />
        </>
      )
    case 'complete':
      return <circle cx="7" cy="7" r="5.5" fill="var(--ink-2)" />
    case 'seam':
      return (
        <>
          <path d="M6 1.6a5.5 5.5 0 0 0 0 10.8zM8 1.6a5.5 5.5 0 0 1 0 10.8z" fill="var(--ink-2)" />
          <path d="M7 0.6v12.8" stroke="var(--seam)" strokeWidth="1.8" />
        </>
      )
    case 'stopped':
      return (
        <>
          <circle cx="7" cy="7" r="5.4" fill="none" stroke="var(--ink-2)" strokeWidth="1.2" />
          <path d="M7 1.6a5.4 5.4 0 0 1 0 10.8z" fill="var(--ink-2)" />
        </>
      )
    case 'failed':
      return (
        <>
          <circle cx="7" cy="7" r="5.3" fill="none" stroke="var(--bad)" strokeWidth="1.5" />
          <path d="M4 10 10 4" stroke="var(--bad)" strokeWidth="1.5" />
        </>
      )
  }
}

interface PhaseDiscProps {
  readonly phase: Phase
  /** Where a word stands beside it, the disc says nothing of its own. */
  readonly silent?: boolean
}

export function PhaseDisc({ phase, silent = false }: PhaseDiscProps) {
  const { say } = useWords()
  const shapes = phaseShapes(phase)
  if (silent)
    return (
      <svg className="phase" viewBox="0 0 14 14" aria-hidden="true">
        {shapes}
      </svg>
    )
  return (
    <svg className="phase" viewBox="0 0 14 14" role="img" aria-label={say(PHASE_WORDS[phase])}>
      {shapes}
    </svg>
  )
}
