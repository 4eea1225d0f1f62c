/** One line under an answer: what it took. The squares have the colours of the strip above, and are its key. */

import type { Figure, Strip } from '../conversation/index.ts'
import { useCopied } from './button.tsx'
import { Icon } from './icon.tsx'
import { Tooltip } from './tooltip.tsx'
import { useWords } from './use-words.ts'

type Of<Kind extends Figure['kind']> = Figure & { readonly kind: Kind }

function find<Kind extends Figure['kind']>(figures: readonly Figure[], kind: Kind): Of<Kind> | undefined {
  return figures.find((figure): figure is Of<Kind> => figure.kind === kind)
}

function Cost({ figure, alive }: { readonly figure: Of<'cost'>; readonly alive: boolean }) {
  const { say, format } = useWords()
  const [copied, copy] = useCopied()
  const whole = format.wholeMoney(figure.amount, figure.currency)
  return (
    <Tooltip says={copied ? say('copied') : say('costWhole', whole)} side="top">
      <button type="button" className="cost number" onClick={() => copy(figure.amount)}>
        {format.money(figure.amount, figure.currency)} {alive && <em>{say('soFar')}</em>}
      </button>
    </Tooltip>
  )
}

function Tokens({ figure }: { readonly figure: Figure & { readonly kind: 'answer' | 'thinking' } }) {
  const { say, format } = useWords()
  const words = say(figure.kind === 'answer' ? 'answerTokens' : 'thinkingTokens')
  return (
    <span>
      <i className={`square-key ${figure.kind}`} />
      {figure.approximate && '≈ '}
      {format.count(figure.tokens)} {figure.kind === 'answer' ? words : <em>{words}</em>}
    </span>
  )
}

interface FiguresProps {
  readonly figures: readonly Figure[]
  readonly strip: Strip
  readonly alive: boolean
  /** Where the tick leads, for those who may see it. */
  readonly requestHref?: string | undefined
  /** Held while nothing has come yet. */
  readonly held?: { readonly amount: string; readonly currency: string } | undefined
}

export function Figures({ figures, strip, alive, requestHref, held }: FiguresProps) {
  const { say, format } = useWords()
  const first = find(figures, 'first-token')
  const rate = find(figures, 'rate')
  const input = find(figures, 'input')
  const answer = find(figures, 'answer')
  const thinking = find(figures, 'thinking')
  const cost = find(figures, 'cost')
  const settled = find(figures, 'settled')
  const tick = (
    <>
      <Icon name="tick" small />
      <em>{say('equalsLedger')}</em>
    </>
  )
  return (
    <div className="figures">
      {first !== undefined && (
        <span>
          {format.duration(first.ms)} <em>{say('toFirstToken')}</em>
        </span>
      )}
      {first === undefined && alive && (
        <span>
          {format.duration(strip.totalMs)} <em>{say('sinceRun')}</em>
        </span>
      )}
      {rate !== undefined && (
        <span>
          {rate.approximate && '≈ '}
          {format.rate(rate.tokensPerSecond)} <em>{say('perSecond')}</em>
        </span>
      )}
      {input !== undefined && (
        <span>
          {format.count(input.tokens)} {say('tokensIn')}{' '}
          {input.cached > 0 && (
            <em>
              {format.count(input.cached)} {say('cached')}
            </em>
          )}
        </span>
      )}
      {(answer !== undefined || thinking !== undefined) && (
        <span className="pair">
          {answer !== undefined && <Tokens figure={answer} />}
          {thinking !== undefined && <Tokens figure={thinking} />}
        </span>
      )}
      {cost !== undefined && <Cost figure={cost} alive={alive} />}
      {cost === undefined && held !== undefined && (
        <span title={format.wholeMoney(held.amount, held.currency)}>
          {format.money(held.amount, held.currency)} <em>{say('heldNow')}</em>
        </span>
      )}
      {settled !== undefined && (requestHref === undefined ? <span>{tick}</span> : <a href={requestHref}>{tick}</a>)}
    </div>
  )
}
