/** The race: one row a column, their strips on one axis from zero, and the best of each figure underlined. */

import type { ReactNode } from 'react'
import type { AnswerView, Figure } from '../conversation/index.ts'
import { Strip } from './strip.tsx'
import { useWords } from './use-words.ts'

interface RaceRow {
  readonly letter: string
  readonly model: string
  readonly chips: readonly string[]
  readonly answer: AnswerView | undefined
  readonly focus: () => void
}

type Of<Kind extends Figure['kind']> = Figure & { readonly kind: Kind }

function figure<Kind extends Figure['kind']>(answer: AnswerView | undefined, kind: Kind): Of<Kind> | undefined {
  return answer?.figures.find((one): one is Of<Kind> => one.kind === kind)
}

/** Ms until the first word of the answer itself. */
function firstWord(answer: AnswerView | undefined): number | undefined {
  return answer?.strip.segments.find(({ kind }) => kind === 'answer')?.from
}

interface Cell {
  readonly value: number | undefined
  readonly shown: ReactNode
}

function Best({ cells, at, better }: { cells: readonly Cell[]; at: number; better: 'less' | 'more' | 'none' }) {
  const cell = cells[at]
  const values = cells.flatMap(({ value }) => (value === undefined ? [] : [value]))
  const best = better === 'less' ? Math.min(...values) : Math.max(...values)
  const wins = better !== 'none' && values.length > 1 && cell?.value === best && new Set(values).size > 1
  return <span className={wins ? 'best' : ''}>{cell?.shown ?? ''}</span>
}

const STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300]

export function Race({ rows }: { readonly rows: readonly RaceRow[] }) {
  const { say, format } = useWords()
  const longest = Math.max(1000, ...rows.map(({ answer }) => answer?.strip.totalMs ?? 0))
  const step = (STEPS.find((one) => longest / 1000 / one <= 4) ?? 600) * 1000
  const scale = Math.ceil(longest / step) * step
  const ticks = Array.from({ length: scale / step + 1 }, (_, at) => at * step)

  const columns: readonly {
    key: string
    says: string
    better: 'less' | 'more' | 'none'
    hides?: true
    cell: (row: RaceRow) => Cell
  }[] = [
    {
      key: 'first',
      says: say('firstToken'),
      better: 'less',
      cell: ({ answer }) => {
        const ms = figure(answer, 'first-token')?.ms
        return { value: ms, shown: ms === undefined ? '' : format.duration(ms) }
      },
    },
    {
      key: 'word',
      says: say('firstWord'),
      better: 'less',
      hides: true,
      cell: ({ answer }) => {
        const ms = firstWord(answer)
        return { value: ms, shown: ms === undefined ? '' : format.duration(ms) }
      },
    },
    {
      key: 'total',
      says: say('total'),
      better: 'less',
      cell: ({ answer }) => {
        const ms = answer?.strip.totalMs
        return { value: answer?.alive === false ? ms : undefined, shown: ms === undefined ? '' : format.duration(ms) }
      },
    },
    {
      key: 'rate',
      says: say('perSecond'),
      better: 'more',
      hides: true,
      cell: ({ answer }) => {
        const rate = figure(answer, 'rate')?.tokensPerSecond
        return { value: rate, shown: rate === undefined ? '' : format.rate(rate) }
      },
    },
    {
      key: 'in',
      says: say('inCached'),
      better: 'none',
      hides: true,
      cell: ({ answer }) => {
        const input = figure(answer, 'input')
        return {
          value: input?.tokens,
          shown: input !== undefined && (
            <>
              {format.count(input.tokens)} <span className="dim">{format.count(input.cached)}</span>
            </>
          ),
        }
      },
    },
    {
      key: 'out',
      says: say('outThinking'),
      better: 'none',
      hides: true,
      cell: ({ answer }) => {
        const [said, thought] = [figure(answer, 'answer')?.tokens ?? 0, figure(answer, 'thinking')?.tokens ?? 0]
        return {
          value: said + thought,
          shown: answer !== undefined && (
            <>
              {format.count(said + thought)} <span className="dim">{format.count(thought)}</span>
            </>
          ),
        }
      },
    },
    {
      key: 'cost',
      says: say('cost'),
      better: 'less',
      cell: ({ answer }) => {
        const cost = figure(answer, 'cost')
        return {
          value: cost === undefined ? undefined : Number(cost.amount),
          shown: cost === undefined ? '' : format.money(cost.amount, cost.currency),
        }
      },
    },
  ]
  const cells = columns.map((column) => rows.map(column.cell))

  return (
    <div className="race">
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className="unseen">{say('column')}</span>
            </th>
            <th scope="col" className="lane">
              <div className="axis number" aria-hidden="true">
                {ticks.map((tick) => (
                  <span key={tick} style={{ left: `${(tick / scale) * 100}%` }}>
                    {tick === 0 ? '0' : `${tick / 1000} ${format.language === 'zh' ? '秒' : 's'}`}
                  </span>
                ))}
              </div>
              <span className="unseen">{say('total')}</span>
            </th>
            {columns.map(({ key, says, hides }) => (
              <th key={key} scope="col" className={hides === true ? 'right hides' : 'right'}>
                {says}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={row.letter}>
              <td>
                <button type="button" className="racer" onClick={row.focus}>
                  <span className={at === 0 ? 'letter filled' : 'letter'}>{row.letter}</span>
                  <b>{row.model}</b>
                  {row.chips.map((chip) => (
                    <span key={chip} className="chip">
                      {chip}
                    </span>
                  ))}
                </button>
              </td>
              <td className="lane">{row.answer !== undefined && <Strip strip={row.answer.strip} scale={scale} />}</td>
              {columns.map(({ key, better, hides }, index) => (
                <td key={key} className={hides === true ? 'right hides' : 'right'}>
                  <Best cells={cells[index] ?? []} at={at} better={better} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
