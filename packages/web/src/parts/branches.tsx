/** `‹ 2 of 3 ›`: walks between turns that stand beside each other. */

import type { TurnId, TurnView } from '../conversation/index.ts'
import { IconButton } from './button.tsx'
import { useWords } from './use-words.ts'

interface BranchesProps {
  readonly branch: TurnView['branch']
  readonly choose: (turn: TurnId) => void
}

export function Branches({ branch: { index, all }, choose }: BranchesProps) {
  const { say } = useWords()
  if (all.length < 2) return null
  const before = all[index - 1]
  const after = all[index + 1]
  return (
    <span className="branches">
      <IconButton
        icon="left"
        label={say('branchBefore')}
        small
        aria-disabled={before === undefined}
        onClick={() => before !== undefined && choose(before)}
      />
      {say('branchOf', index + 1, all.length)}
      <IconButton
        icon="right"
        label={say('branchAfter')}
        small
        aria-disabled={after === undefined}
        onClick={() => after !== undefined && choose(after)}
      />
    </span>
  )
}
