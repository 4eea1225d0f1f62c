/** `moonbase tier` and `moonbase price`. */

import type { Command } from 'commander'
import { type AdminFlags, adminCommand, change, listCommand, pathOf, said, showList } from './admin-command.ts'
import { NULL, limits, nameOrAny, percent, thresholds } from './admin-values.ts'
import type { Terminal } from './terminal.ts'

interface TierFlags extends AdminFlags {
  readonly limits: ReturnType<typeof limits>
  readonly recharge?: unknown
}

interface PriceFlags extends AdminFlags {
  readonly model?: string
  readonly currency?: string
  readonly engine?: unknown
  readonly from?: string
  readonly hit?: string
  readonly miss?: string
  readonly output?: string
  readonly batchPercent?: number
  readonly webSearch?: string
}

const NO_LIMITS = { concurrency: null, rpm: null, tpm: null, tpd: null }

export function addTiers(moonbase: Command, terminal: Terminal): void {
  const tier = moonbase.command('tier').description('tiers: how much at a time')
  listCommand(tier, { name: 'list', description: 'list tiers' }).action((flags: AdminFlags) =>
    showList('/tiers', TIER_COLUMNS, flags, terminal),
  )
  adminCommand(tier, {
    name: 'set',
    arguments: '<name>',
    description: 'change a tier, or add one',
    examples: [
      'tier set 1 --limits concurrency=50,rpm=200,tpm=2000000 --recharge USD=10,CNY=50',
      'tier set staff --limits none',
    ],
  })
    .requiredOption('--limits <limits>', 'concurrency=5,rpm=20,tpm=…,tpd=… (left out: no limit), or none', limits)
    .option(
      '--recharge <amounts>',
      'what must have been recharged for it: USD=10,CNY=50 (default: given by hand)',
      thresholds,
    )
    .action((name: string, { limits: rates, recharge, ...flags }: TierFlags) =>
      change(
        pathOf('tiers', name),
        { ...(rates === NULL ? NO_LIMITS : rates), recharge: recharge ?? { USD: null, CNY: null } },
        flags,
        terminal,
      ),
    )
}

export function addPrices(moonbase: Command, terminal: Terminal): void {
  const price = moonbase.command('price').description('prices, per million tokens')
  listCommand(price, { name: 'list', description: 'list prices, those of the catalogue included' })
    .option('--model <id>', 'of this model alone')
    .option('--currency <currency>', 'in this currency alone')
    .action(({ model, currency, ...flags }: PriceFlags) =>
      showList('/prices', PRICE_COLUMNS, flags, terminal, { model, currency }),
    )
  adminCommand(price, {
    name: 'set',
    arguments: '<model>',
    description: 'set a price from a day on',
    examples: ['price set kimi-k2.5 --currency USD --hit 0.1 --miss 0.6 --output 3 --from 2027-01-01'],
  })
    .requiredOption('--currency <currency>', 'USD or CNY')
    .requiredOption('--miss <price>', 'of a million prompt tokens')
    .requiredOption('--output <price>', 'of a million tokens of the answer')
    .option('--hit <price>', 'of a million prompt tokens found in the cache (default: as others)')
    .option('--engine <name>', 'only when this engine answers, or any (default)', nameOrAny)
    .option('--from <time>', '2027-01-01, or a time with its zone (default: now)')
    .option('--batch-percent <percent>', 'of the price, in batches (default: 60)', percent)
    .option('--web-search <price>', 'of one call of the web search (default: 0)')
    .action((model: string, flags: PriceFlags) => {
      const { currency, engine, from, hit, miss, output, batchPercent, webSearch } = flags
      const body = { model, currency, engine, from, hit, miss, output }
      return change('/prices', said({ ...body, batch_percent: batchPercent, web_search: webSearch }), flags, terminal)
    })
}

const TIER_COLUMNS = {
  tier: 'name',
  concurrency: 'concurrency',
  rpm: 'rpm',
  tpm: 'tpm',
  tpd: 'tpd',
  USD: 'recharge.USD',
  CNY: 'recharge.CNY',
}

const PRICE_COLUMNS = {
  id: 'id',
  model: 'model',
  engine: 'engine',
  currency: 'currency',
  hit: 'hit',
  miss: 'miss',
  output: 'output',
  'web search': 'web_search',
  from: 'from',
  to: 'to',
}
