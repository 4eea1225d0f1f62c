/** A prompt over the rows of a file: some at once, each row a run of its own, stopped at a budget; what is kept of a row is its line. */

import { nanosOf, type AnswerView, type Phase } from '../conversation/index.ts'
import { parseRows, type Rows } from '../request/rows.ts'
import { variablesIn } from '../parts/variables-in.ts'
import type { DeskWork } from './desk.ts'

export interface RowLine {
  readonly phase: Phase | 'none'
  readonly answer: string
  readonly tokens: number
  readonly cost: string
  readonly currency: string
  /** null: nothing is checked. */
  readonly passes: boolean | null
  readonly grade: '' | '+' | '−'
  readonly error: string
}

export type Check = 'none' | 'contains' | 'equals' | 'matches'

interface RunsState {
  readonly name: string
  readonly rows: Rows | null
  readonly prompt: string
  readonly lines: readonly RowLine[]
  readonly at: 'ready' | 'running' | 'paused' | 'done'
  readonly atOnce: number
  /** Decimal text; empty: none. */
  readonly budget: string
  readonly overBudget: boolean
  readonly check: Check
  readonly wanted: string
}

const EMPTY: RowLine = {
  phase: 'none',
  answer: '',
  tokens: 0,
  cost: '',
  currency: 'USD',
  passes: null,
  grade: '',
  error: '',
}

const MOST_BYTES = 50_000_000

function passes(check: Check, wanted: string, answer: string): boolean | null {
  switch (check) {
    case 'none':
      return null
    case 'contains':
      return answer.includes(wanted)
    case 'equals':
      return answer.trim() === wanted.trim()
    case 'matches':
      try {
        return new RegExp(wanted, 'u').test(answer)
      } catch {
        // No expression yet: nothing is checked by it.
        return null
      }
  }
}

export class RunsWork {
  #state: RunsState = {
    name: '',
    rows: null,
    prompt: '',
    lines: [],
    at: 'ready',
    atOnce: 4,
    budget: '',
    overBudget: false,
    check: 'none',
    wanted: '',
  }
  readonly #make: () => DeskWork
  readonly #running = new Map<number, DeskWork>()
  readonly #listeners = new Set<() => void>()

  /** @param make a desk with the settings of the prompt */
  constructor(make: () => DeskWork) {
    this.#make = make
  }

  readonly get = (): RunsState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  set(change: Partial<RunsState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }

  async open(file: File): Promise<void> {
    if (file.size > MOST_BYTES) throw new RangeError(file.name)
    const rows = parseRows(file.name, await file.text())
    this.set({ name: file.name, rows, lines: rows.rows.map(() => EMPTY), at: 'ready', overBudget: false })
  }

  /** Names in the prompt that no column has. */
  unknown(): string[] {
    const { rows, prompt } = this.#state
    return variablesIn(prompt).filter((name) => !(rows?.columns.includes(name) ?? false))
  }

  run(): void {
    const { at, lines } = this.#state
    const fresh = at === 'done' ? lines.map(() => EMPTY) : lines
    this.set({ at: 'running', overBudget: false, lines: fresh })
    this.#fill()
  }

  pause(): void {
    this.set({ at: 'paused' })
  }

  stop(): void {
    this.set({ at: 'paused' })
    for (const work of this.#running.values()) work.stop()
  }

  grade(row: number, grade: RowLine['grade']): void {
    this.#line(row, { grade })
  }

  recheck(check: Check, wanted: string): void {
    const lines = this.#state.lines.map((line) => ({ ...line, passes: passes(check, wanted, line.answer) }))
    this.set({ check, wanted, lines })
  }

  spent(): bigint {
    return this.#state.lines.reduce((sum, { cost }) => sum + (nanosOf(cost) ?? 0n), 0n)
  }

  #line(row: number, change: Partial<RowLine>): void {
    const lines = this.#state.lines.map((line, index) => (index === row ? { ...line, ...change } : line))
    this.set({ lines })
  }

  #fill(): void {
    const { lines, atOnce, at, rows, budget } = this.#state
    if (at !== 'running' || rows === null) return
    const limit = budget === '' ? undefined : nanosOf(budget)
    if (limit !== undefined && this.spent() >= limit) {
      this.set({ at: 'paused', overBudget: true })
      return
    }
    for (const [row, line] of lines.entries()) {
      if (this.#running.size >= atOnce) return
      if (line.phase === 'none' && !this.#running.has(row)) this.#begin(row, rows.rows[row] ?? {})
    }
    if (this.#running.size === 0) this.set({ at: 'done' })
  }

  #begin(row: number, variables: Readonly<Record<string, string>>): void {
    const work = this.#make()
    this.#running.set(row, work)
    work.store.set({ draft: this.#state.prompt, variables, id: `row-${row}` })
    let phase: Phase | 'none' = 'none'
    work.store.subscribe(() => {
      const answer = work.store.get().view.turns.findLast((turn) => turn.answer !== undefined)?.answer
      if (answer === undefined || !this.#running.has(row)) return
      if (!answer.alive) this.#over(row, answer)
      else if (answer.phase !== phase) {
        phase = answer.phase
        this.#line(row, { phase })
      }
    })
    work.run()
  }

  #over(row: number, answer: AnswerView): void {
    this.#running.delete(row)
    const { check, wanted } = this.#state
    const cost = answer.figures.find((figure) => figure.kind === 'cost')
    const tokens = answer.figures.reduce(
      (sum, figure) => sum + (figure.kind === 'answer' || figure.kind === 'thinking' ? figure.tokens : 0),
      0,
    )
    const failed = answer.notes.find((note) => note.kind === 'failed')
    this.#line(row, {
      phase: answer.phase,
      answer: answer.text,
      tokens,
      cost: cost?.amount ?? '',
      currency: cost?.currency ?? 'USD',
      passes: passes(check, wanted, answer.text),
      error: failed?.error.words ?? '',
    })
    this.#fill()
  }
}
