/** Three things to try: each fills in a whole, instructive request. */

import { useWords } from './use-words.ts'

export interface StarterShown {
  readonly key: string
  readonly name: string
  readonly asks: string
  /** As the server counted them; null until it has. */
  readonly tokens: number | null
}

interface StartersProps {
  readonly starters: readonly StarterShown[]
  readonly take: (key: string) => void
}

export function Starters({ starters, take }: StartersProps) {
  const { say } = useWords()
  return (
    <ul className="starters">
      {starters.map(({ key, name, asks, tokens }) => (
        <li key={key}>
          <button type="button" onClick={() => take(key)}>
            <b>{name}</b>
            <span>{asks}</span>
            <span className="dim number">{tokens === null ? '' : say('tokens', tokens)}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
