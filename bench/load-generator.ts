/** The load generator, a process of its own: takes one order at a time and reports what came of it. */

import { HeldStreams } from './load/hold-streams.ts'
import type { Command, Report } from './load/order.ts'
import { Pressure } from './load/pressure.ts'
import { runLoad } from './load/run-load.ts'

let held = new HeldStreams()
let pressure: Pressure | undefined

// Only the measuring process that started us can write here, with the types of load/order.ts.
process.on('message', (command: Command) => {
  obey(command).then(report, (error: unknown) => report({ type: 'failed', message: String(error) }))
})
process.on('disconnect', () => process.exit(0))
report({ type: 'ready' })

async function obey(command: Command): Promise<Report> {
  switch (command.type) {
    case 'load':
      return { type: 'loaded', result: await runLoad(command.order) }
    case 'hold':
      return { type: 'held', result: await held.open(command.order) }
    case 'release':
      held.release()
      held = new HeldStreams()
      return { type: 'released' }
    case 'press':
      pressure = new Pressure(command.order)
      await pressure.begun()
      return { type: 'pressing' }
    case 'relax': {
      if (pressure === undefined) throw new Error('nothing was pressing')
      const result = pressure.stop()
      pressure = undefined
      return { type: 'relaxed', result }
    }
  }
}

function report(message: Report): void {
  process.send?.(message)
}
