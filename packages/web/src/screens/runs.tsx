/** Runs: a prompt over the rows of a file, with what each row answered, cost, and whether it is what was wanted. */

import { useState, useSyncExternalStore, type DragEvent } from 'react'
import { download } from '../desk/download.ts'
import type { DeskWork } from '../desk/desk.ts'
import { RunsWork, type Check, type RowLine } from '../desk/runs-work.ts'
import { amountOf } from '../conversation/index.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { Choices } from '../parts/menu.tsx'
import { PhaseDisc } from '../parts/phase.tsx'
import { Icon } from '../parts/icon.tsx'
import { useWords } from '../parts/use-words.ts'
import { toCsv } from '../request/rows.ts'

const SHOWN = 200

/** Kept while one looks elsewhere: rows go on. */
let kept: RunsWork | null = null

interface RunsProps {
  /** A desk with the settings of the workbench. */
  readonly makeRow: () => DeskWork
  readonly openMenu: () => void
  readonly say: (text: string) => void
}

function DropPlace({ work, say: tell }: Pick<RunsProps, 'say'> & { readonly work: RunsWork }) {
  const { say } = useWords()
  const [dropping, setDropping] = useState(false)
  const open = (files: FileList | null): void => {
    const [file] = files ?? []
    if (file !== undefined) work.open(file).catch(() => tell(file.name))
  }
  const drop = (event: DragEvent): void => {
    event.preventDefault()
    setDropping(false)
    open(event.dataTransfer.files)
  }
  return (
    <div
      className={dropping ? 'drop-place dropping' : 'drop-place'}
      onDragOver={(event) => {
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={drop}
    >
      <p>{say('runsDrop')}</p>
      <label className="button">
        {say('chooseFile')}
        <input
          className="unseen"
          type="file"
          accept=".csv,.jsonl,.ndjson,text/csv"
          onChange={(event) => open(event.target.files)}
        />
      </label>
    </div>
  )
}

function Grade({ line, set }: { readonly line: RowLine; readonly set: (grade: RowLine['grade']) => void }) {
  return (
    <>
      {(['+', '−'] as const).map((grade) => (
        <button
          key={grade}
          type="button"
          className="button quiet small"
          aria-pressed={line.grade === grade}
          onClick={() => set(line.grade === grade ? '' : grade)}
        >
          {grade}
        </button>
      ))}
    </>
  )
}

export default function Runs({ makeRow, openMenu, say: tell }: RunsProps) {
  const [work] = useState(() => (kept ??= new RunsWork(makeRow)))
  const { say, format } = useWords()
  const state = useSyncExternalStore(work.subscribe, work.get)
  const [more, setMore] = useState(SHOWN)
  const { rows, lines } = state
  const unknown = work.unknown()
  const over = lines.filter(({ phase }) => !['none', 'sent', 'waiting', 'thinking', 'answering'].includes(phase)).length
  const spent = amountOf(work.spent())
  const currency = lines.find(({ cost }) => cost !== '')?.currency ?? 'USD'

  const save = (): void => {
    if (rows === null) return
    const columns = [...rows.columns, 'answer', 'phase', 'tokens', 'cost', 'passes', 'grade', 'error']
    const told = rows.rows.map((row, at) => {
      const line = lines[at]
      return {
        ...row,
        answer: line?.answer ?? '',
        phase: line?.phase ?? '',
        tokens: String(line?.tokens ?? ''),
        cost: line?.cost ?? '',
        passes: line?.passes === null ? '' : String(line?.passes ?? ''),
        grade: line?.grade ?? '',
        error: line?.error ?? '',
      }
    })
    download('runs.csv', 'text/csv', [toCsv(columns, told)])
  }

  return (
    <main className="main">
      <div className="bar">
        <IconButton icon="bars" label={say('menu')} className="only-narrow" onClick={openMenu} />
        <h1 className="cut">{say('runs')}</h1>
        {rows !== null && (
          <span className="dim kept">
            {state.name} · {say('rows', rows.rows.length)}
          </span>
        )}
        <span className="space" />
        {rows !== null && (
          <Button kind="quiet" icon="save" onClick={save}>
            <span className="words">{say('exportCsv')}</span>
          </Button>
        )}
      </div>
      <div className="page broad">
        <div>
          {rows === null ? (
            <DropPlace work={work} say={tell} />
          ) : (
            <>
              <div className="composer broad">
                <textarea
                  value={state.prompt}
                  rows={2}
                  aria-label={say('runsPrompt')}
                  placeholder={`${say('runsPrompt')} · ${rows.columns.map((name) => `{{${name}}}`).join(' ')}`}
                  onChange={(event) => work.set({ prompt: event.target.value })}
                />
                {unknown.map((name) => (
                  <p key={name} className="hint wrong unknown-name">
                    {say('unknownVariable', name)}
                  </p>
                ))}
                <footer>
                  <Choices
                    label={say('atOnce')}
                    value={String(state.atOnce)}
                    choices={['1', '2', '4', '8'].map((value) => ({ value, says: value, dim: say('atOnce') }))}
                    choose={(value) => work.set({ atOnce: Number(value) })}
                  />
                  <span className="field-box middle wide-only">
                    <input
                      value={state.budget}
                      inputMode="decimal"
                      aria-label={say('budget')}
                      placeholder={`${say('budget')} $…`}
                      onChange={(event) => work.set({ budget: event.target.value.trim() })}
                    />
                  </span>
                  <Choices<Check>
                    label={say('check')}
                    value={state.check}
                    choices={[
                      { value: 'none', says: say('checkNone'), dim: say('check') },
                      { value: 'contains', says: say('checkContains') },
                      { value: 'equals', says: say('checkEquals') },
                      { value: 'matches', says: say('checkMatches') },
                    ]}
                    choose={(check) => work.recheck(check, state.wanted)}
                  />
                  {state.check !== 'none' && (
                    <span className="field-box middle">
                      <input
                        value={state.wanted}
                        aria-label={say('check')}
                        onChange={(event) => work.recheck(state.check, event.target.value)}
                      />
                    </span>
                  )}
                  <span className="estimate" />
                  {state.at === 'running' ? (
                    <Button icon="stop" onClick={() => work.pause()}>
                      {say('pause')}
                    </Button>
                  ) : (
                    <Button
                      kind="go"
                      icon="play"
                      aria-disabled={state.prompt.trim() === '' || unknown.length > 0}
                      onClick={() => state.prompt.trim() !== '' && unknown.length === 0 && work.run()}
                    >
                      {state.at === 'paused' ? say('resume') : say('runRows')}
                    </Button>
                  )}
                </footer>
              </div>
              {state.overBudget && <p className="note warn">{say('budgetReached')}</p>}
              {rows.cut && <p className="note">{say('tooManyRows', rows.rows.length)}</p>}
              <div className="run-bar">
                <span className="number">{say('doneOf', over, lines.length)}</span>
                <span className="meter" aria-hidden="true">
                  <i style={{ width: `${lines.length === 0 ? 0 : (over / lines.length) * 100}%` }} />
                </span>
                {work.spent() > 0n && <b className="number">{format.money(spent, currency)}</b>}
              </div>
              {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls is reached by keys */}
              <div className="grid-box" tabIndex={0} role="group" aria-label={say('runs')}>
                <table>
                  <thead>
                    <tr>
                      <th scope="col">#</th>
                      {rows.columns.slice(0, 4).map((name) => (
                        <th key={name} scope="col">
                          {name}
                        </th>
                      ))}
                      <th scope="col">{say('answer')}</th>
                      <th scope="col">{say('check')}</th>
                      <th scope="col" className="right">
                        {say('tokensUnit')}
                      </th>
                      <th scope="col" className="right">
                        {say('cost')}
                      </th>
                      <th scope="col">{say('grade')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.rows.slice(0, more).map((row, at) => {
                      const line = lines[at]
                      if (line === undefined) return null
                      return (
                        // oxlint-disable-next-line react/no-array-index-key -- rows have no name, and do not move
                        <tr key={at}>
                          <td>
                            {line.phase === 'none' ? (
                              <span className="dim">{at + 1}</span>
                            ) : (
                              <PhaseDisc phase={line.phase} />
                            )}
                          </td>
                          {rows.columns.slice(0, 4).map((name) => (
                            <td key={name}>{row[name]}</td>
                          ))}
                          <td title={line.answer}>{line.error === '' ? line.answer.split('\n')[0] : line.error}</td>
                          <td>
                            {line.passes !== null && line.answer !== '' && (
                              <Icon name={line.passes ? 'tick' : 'cross'} small />
                            )}
                          </td>
                          <td className="right">{line.tokens === 0 ? '' : format.count(line.tokens)}</td>
                          <td className="right">{line.cost === '' ? '' : format.money(line.cost, line.currency)}</td>
                          <td>
                            <Grade line={line} set={(grade) => work.grade(at, grade)} />
                          </td>
                        </tr>
                      )
                    })}
                  </tbody>
                </table>
              </div>
              {rows.rows.length > more && (
                <Button kind="quiet" onClick={() => setMore(more + SHOWN)}>
                  {say('rows', rows.rows.length - more)} …
                </Button>
              )}
            </>
          )}
        </div>
      </div>
    </main>
  )
}
