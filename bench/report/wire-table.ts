/** What a request and a chunk cost on each wire that clients speak, beside Moonshot's. */

import { CHUNKS } from '../script.ts'
import { WIRE_NAMES, WIRES, type WireName } from '../wires.ts'
import { loadOf, type Figures } from './figures.ts'
import { cpu, times, type Row, type Table } from './table.ts'

/** Microseconds of CPU; a chunk's are what a burst stream costs beyond a whole reply. */
export interface WireCost {
  readonly request: number
  readonly chunk: number
}

export function wireCost(figures: Figures | undefined, wire: WireName): WireCost {
  const request = loadOf(figures, `wire-${wire}-whole`).cpuUs
  return { request, chunk: (loadOf(figures, `wire-${wire}-burst`).cpuUs - request) / CHUNKS }
}

export function wireTable(all: readonly Figures[]): Table {
  const rows = all.flatMap((one) => {
    const moonshot = wireCost(one, 'moonshot')
    return WIRE_NAMES.map((wire): Row => {
      const { request, chunk } = wireCost(one, wire)
      return [
        `${one.name}: ${WIRES[wire].title}`,
        cpu(request, one.hasProcess),
        times(request / moonshot.request),
        cpu(chunk, one.hasProcess),
        times(chunk / moonshot.chunk),
      ]
    })
  })
  const head = [
    'subject: wire',
    'CPU µs/request',
    "times Moonshot's",
    'CPU µs/chunk beyond the request',
    "times Moonshot's",
  ]
  return { head, rows }
}
