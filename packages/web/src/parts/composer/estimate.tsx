/** Left of Run: how many tokens go in, and the most that it can cost. */

import { useWords } from '../use-words.ts'

export interface EstimateShown {
  readonly tokens: number
  readonly exact: boolean
  /** Decimal text; null where the model has no price. */
  readonly atMost: string | null
  readonly currency: string
  /** Where what the server holds differs from the most it can cost. */
  readonly held?: string | null
}

interface EstimateProps {
  readonly estimate: EstimateShown | null
  /** While nothing is written yet, the tokens of an empty message say nothing. */
  readonly costAlone?: boolean
}

export function Estimate({ estimate, costAlone = false }: EstimateProps) {
  const { say, format } = useWords()
  if (estimate === null) return null
  const { tokens, exact, atMost, currency, held } = estimate
  return (
    <>
      {!costAlone && (
        <span className="number">
          <b>{say('estimate', tokens, exact)}</b>
        </span>
      )}
      {atMost !== null && (
        <>
          {!costAlone && ' · '}
          <span className="number" title={format.wholeMoney(atMost, currency)}>
            {say('atMost')} <b>{format.money(atMost, currency)}</b>
          </span>
        </>
      )}
      {held !== undefined && held !== null && (atMost === null || format.money(held) !== format.money(atMost)) && (
        <span className="number wide-only">
          {' · '}
          {format.money(held, currency)} {say('held')}
        </span>
      )}
    </>
  )
}

/** While an answer runs: what is held back for it. */
export function Holding({ held, currency }: { readonly held: string | null; readonly currency: string }) {
  const { say, format } = useWords()
  if (held === null) return null
  return (
    <>
      {say('holding')} <b>{format.money(held, currency)}</b>
      <span className="wide-only">
        {format.language === 'zh' ? '，' : ', '}
        {say('paysWhatItUses')}
      </span>
    </>
  )
}
