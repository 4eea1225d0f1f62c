/** What the command line of the bench asks for. */

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { PLAN_NAMES, ROW_NAMES, type PlanChoice } from './plan.ts'

export interface BenchOptions {
  readonly help: boolean
  readonly write: boolean
  readonly plan: PlanChoice
  /** Kinds of subjects; all when absent. */
  readonly subjects?: readonly string[]
  /** The command that is started as moonbase; the repository's own when absent. */
  readonly moonbase?: string
  readonly nodeOptions?: string
  readonly beside: readonly Checkout[]
}

/** Another checkout of moonbase, measured in the same rounds as this one. */
interface Checkout {
  readonly name: string
  readonly folder: string
}

export const HELP = `npm run bench -- [options]

  --quick                   one short round: to see whether something broke
  --full                    seven long rounds: for figures to publish
  --only a,b                only these rows: ${ROW_NAMES.join(', ')}
  --rounds N                every row N times, whatever the size of the run
  --subjects a,b            only these, of direct, moonbase, exact-counts, no-accounts, nginx, portkey (direct is always
                            measured, exact-counts where MOONBASE_TOKENIZER names the model's vocabulary)
  --beside <folder>=<name>  moonbase of another checkout as well, as moonbase@<name> (and no-accounts@<name>); may come
                            again. It needs its own npm ci and runs under the same Node, with the same settings
  --write                   put the report into docs/performance.md
  --moonbase <file>         start this command instead of the repository's own
  --node-options=<text>     options of Node for moonbase alone, such as --node-options=--cpu-prof
`

export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      subjects: { type: 'string' },
      beside: { type: 'string', multiple: true, default: [] },
      write: { type: 'boolean', default: false },
      moonbase: { type: 'string' },
      'node-options': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const { help, write, moonbase } = values
  const name = PLAN_NAMES.find((one) => one !== 'default' && values[one]) ?? 'default'
  const nodeOptions = values['node-options']
  return {
    help,
    write,
    plan: {
      name,
      ...(values.only === undefined ? {} : { only: values.only.split(',') }),
      ...(values.rounds === undefined ? {} : { rounds: roundsOf(values.rounds) }),
    },
    beside: values.beside.map(checkoutOf),
    ...(values.subjects === undefined ? {} : { subjects: values.subjects.split(',') }),
    ...(moonbase === undefined ? {} : { moonbase }),
    ...(nodeOptions === undefined ? {} : { nodeOptions }),
  }
}

function checkoutOf(text: string): Checkout {
  const at = text.lastIndexOf('=')
  const [folder, name] = [text.slice(0, at), text.slice(at + 1)]
  if (at <= 0 || !/^[\w.-]+$/.test(name)) throw new Error(`--beside ${text}: it has to be <folder>=<name>`)
  return { name, folder: resolve(folder) }
}

const MAX_ROUNDS = 100

function roundsOf(text: string): number {
  const rounds = Number(text)
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= MAX_ROUNDS) return rounds
  throw new Error(`--rounds ${text}: it has to be 1 to ${MAX_ROUNDS}`)
}
