/** The tables of what people do: agents' turns, requests that grow, clients beside each other. */

import { HISTORIES, SIZES, type LoadKey } from '../loads.ts'
import { loadOf, type Figures, type Spread } from './figures.ts'
import { ABSENT, addedCells, cpu, figure, rate, spreadCells, times, whole, type Row, type Table } from './table.ts'

export function turnTable(all: readonly Figures[], direct: Figures | undefined): Table {
  const head = ['subject', 'turns/s', 'CPU µs/turn', 'turns per CPU s', 'streamed: CPU µs', 'turns per CPU s']
  const rows = all.map((one): Row => {
    const [made, streamed, { first }] = [
      loadOf(one, 'agent-whole'),
      loadOf(one, 'agent-stream'),
      loadOf(one, 'agent-alone'),
    ]
    return [
      one.name,
      rate(made, one.hasProcess),
      cpu(made.cpuUs, one.hasProcess),
      cpu(1e6 / made.cpuUs, one.hasProcess),
      cpu(streamed.cpuUs, one.hasProcess),
      cpu(1e6 / streamed.cpuUs, one.hasProcess),
      ...spreadCells(first),
      ...addedCells(first, one.hasProcess ? loadOf(direct, 'agent-alone').first : undefined),
    ]
  })
  return { head: [...head, 'alone: first chunk p50 µs', 'p99', 'added p50', 'added p99'], rows }
}

/** CPU of one answer, one column for each subject. */
export function growthTable(all: readonly Figures[]): Table {
  const shown = all.filter((one) => [...SIZES, ...HISTORIES].some(({ key }) => one.loads[key] !== undefined))
  const row = (title: string, key: LoadKey): Row => [title, ...shown.map((one) => figure(loadOf(one, key).cpuUs))]
  return {
    head: ['CPU µs of a whole reply to', ...shown.map(({ name }) => name)],
    rows: [
      ...SIZES.map(({ key, title, messages }) => row(`${title} in ${whole(messages)} messages`, key)),
      ...HISTORIES.map(({ key, title }) => row(`177 KB with 30 tools in ${title}`, key)),
      ...(shown.length === 0 ? [] : [row('177 KB with 30 tools in 200 messages', 'agent-whole')]),
    ],
  }
}

/** Each client alone, and beside each of the heavy ones. */
export function sharedTable(all: readonly Figures[]): Table {
  const rows = all.flatMap((one): Row[] => {
    const row = (what: string, key: LoadKey, alone: Spread): Row => {
      const { whole: spread, heavyPerSecond } = loadOf(one, key)
      const ratios =
        spread === alone ? [ABSENT, ABSENT] : [times(spread.p50 / alone.p50), times(spread.p99 / alone.p99)]
      return [`${one.name}: ${what}`, ...spreadCells(spread), ...ratios, figure(heavyPerSecond)]
    }
    const [light, turn] = [loadOf(one, 'light').whole, loadOf(one, 'agent-alone').whole]
    return [
      row('1 KB, 100 a second', 'light', light),
      row("1 KB beside agents' turns", 'light-agents', light),
      row('1 KB beside texts of 90 MB', 'light-text', light),
      ...(one.loads['agent-text'] === undefined
        ? []
        : [
            row("an agent's turn", 'agent-alone', turn),
            row("an agent's turn beside texts of 90 MB", 'agent-text', turn),
          ]),
    ]
  })
  return { head: ['who, beside whom', 'p50 µs', 'p99', 'times alone: p50', 'p99', 'heavy answers/s'], rows }
}
