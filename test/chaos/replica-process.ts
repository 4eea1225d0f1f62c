/** The process of one replica: it is told its port, says when it listens, and ends with whoever started it. */

import { openModelUpstream } from '../support/model-upstream.ts'
import { replicaOptions } from './replica.ts'

const [port = '0', pauseMs = '0'] = process.argv.slice(2)

const tell = (message: object): void => void process.send?.(message)
const upstream = await openModelUpstream({
  ...replicaOptions((stray) => tell({ stray })),
  port: Number(port),
  pauseMs: Number(pauseMs),
})
process.on('message', () => tell({ running: upstream.running }))
process.on('disconnect', () => process.exit())
tell({ url: upstream.url })
