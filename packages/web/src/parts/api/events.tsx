/** The events of an answer as a table, as they came; what lies between the first and the last ones folds. */

import { useMemo, useState, type KeyboardEvent } from 'react'
import { Button } from '../button.tsx'
import { Choices } from '../menu.tsx'
import { useWords } from '../use-words.ts'
import { Timeline, type TimeRange } from './timeline.tsx'
import type { WireEventShown, WireKind, WireShown } from '../../wire/wire-shown.ts'

const HEAD = 8
const TAIL = 8
const STEP = 200

interface Rows {
  readonly head: readonly WireEventShown[]
  readonly tail: readonly WireEventShown[]
  readonly between: number
  readonly betweenMs: number
}

/** The first and last ones, and how many lie between; all of them where they are few or were asked for. */
function rowsOf(events: readonly WireEventShown[], more: number): Rows {
  const head = HEAD + more
  if (events.length <= head + TAIL) return { head: events, tail: [], between: 0, betweenMs: 0 }
  const tail = events.slice(-TAIL)
  const shown = events.slice(0, head)
  return {
    head: shown,
    tail,
    between: events.length - head - TAIL,
    betweenMs: (tail[0]?.ms ?? 0) - (shown.at(-1)?.ms ?? 0),
  }
}

export function EventsView({ wire }: { readonly wire: WireShown }) {
  const { say } = useWords()
  const [range, setRange] = useState<TimeRange | null>(null)
  const [kind, setKind] = useState<WireKind | 'all'>('all')
  const [more, setMore] = useState(0)
  const [chosen, setChosen] = useState<number | null>(null)
  const { events } = wire

  const kinds = useMemo(() => [...new Set(events.map((event) => event.kind))], [events])
  const shown = useMemo(
    () =>
      events.filter(
        (event) =>
          (kind === 'all' || event.kind === kind) &&
          (range === null || (event.ms >= range.from && event.ms <= range.to)),
      ),
    [events, kind, range],
  )
  const rows = rowsOf(shown, more)
  const walk = [...rows.head, ...rows.tail]
  const open = events.find((event) => event.key === chosen)

  const pressed = (event: KeyboardEvent): void => {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    event.stopPropagation()
    const at = walk.findIndex((one) => one.key === chosen)
    setChosen(walk[Math.min(walk.length - 1, Math.max(0, at + step))]?.key ?? null)
  }

  const line = (event: WireEventShown) => {
    const index = events.indexOf(event)
    const before = events[index - 1]
    return (
      <tr
        key={event.key}
        className={event.kind === 'seam' ? 'seam' : ''}
        aria-selected={event.key === chosen}
        onClick={() => setChosen(event.key === chosen ? null : event.key)}
      >
        <td>{event.n ?? ''}</td>
        <td>{(event.ms / 1000).toFixed(2)}</td>
        <td>{before === undefined ? '' : `+${after(event.ms - before.ms)}`}</td>
        <td>{event.kind}</td>
        <td className="says">{event.says}</td>
      </tr>
    )
  }

  return (
    <>
      <Timeline events={events} ms={wire.ms} range={range} choose={setRange} />
      {kinds.length > 1 && (
        <div className="wire-filter">
          <Choices
            label={say('columnKind')}
            value={kind}
            choices={[
              { value: 'all' as const, says: say('allKinds') },
              ...kinds.map((one) => ({ value: one, says: one })),
            ]}
            choose={setKind}
          />
        </div>
      )}
      {wire.dropped > 0 && <p className="hint">{say('olderBytes', wire.dropped)}</p>}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/no-noninteractive-tabindex -- rows are walked with j and k */}
      <table className="events" tabIndex={0} aria-label={say('events')} onKeyDown={pressed}>
        <thead>
          <tr>
            {(['columnNumber', 'columnAt', 'columnAfter', 'columnKind', 'columnSays'] as const).map((key) => (
              <th key={key} scope="col">
                {say(key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.head.map(line)}
          {rows.between > 0 && (
            <tr className="more">
              <td colSpan={5}>
                <Button kind="quiet" small onClick={() => setMore(more + STEP)}>
                  {say('moreEvents', rows.between, rows.betweenMs)}
                </Button>
              </td>
            </tr>
          )}
          {rows.tail.map(line)}
        </tbody>
      </table>
      {open !== undefined && <pre className="raw">{open.raw}</pre>}
    </>
  )
}

function after(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`
}
