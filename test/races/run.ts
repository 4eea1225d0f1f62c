/**
 * `npm run races`: twice as many concurrent requests as there is money for, against one server, against three that share
 * PostgreSQL and Redis, and while one of the three is killed; and limits that three servers count together. Fails on any problem.
 *
 * `--affordable 1000 --buyers 2000 --seed N`
 */

import { parseArgs } from 'node:util'
import { WITHOUT_POSTGRES } from '../support/postgres.ts'
import { WITHOUT_REDIS } from '../support/redis.ts'
import { type OverspendingPlan, raceForMoney } from './overspending.ts'
import { Scene } from './scene.ts'
import { raceForMinute, raceForSlots, raceForSlotsOfTheDead } from './shared-limits.ts'

const { values: given } = parseArgs({
  options: {
    affordable: { type: 'string', default: '1000' },
    buyers: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const seed = Number(given.seed)
const plan = { affordable: Number(given.affordable), buyers: Number(given.buyers), seed }

const SERVERS = 3
const RPM = 120
const CONCURRENCY = 30
const KILL_AT = 0.3

const say = (line: string): void => void process.stdout.write(`${line}\n`)
let failed = false

function tell(problems: readonly string[]): void {
  failed ||= problems.length > 0
  for (const problem of problems.slice(0, 20)) say(`- ${problem}`)
}

async function money(name: string, scene: Scene, how: OverspendingPlan): Promise<void> {
  const { sales, charged, cut, recovered, left, seconds, problems } = await raceForMoney(scene, how)
  const { paid, poor, busy, lost } = sales
  say(
    `| ${name} | ${how.buyers} | ${paid} | ${charged} + ${cut} | ${left} | ${recovered} | ${poor} | ${busy} | ${lost} | ${problems.length} | ${seconds.toFixed(1)} |`,
  )
  tell(problems)
}

async function limits(scene: Scene): Promise<void> {
  const minute = await raceForMinute(scene, RPM)
  say(`${SERVERS} servers, ${3 * RPM} requests at once, ${RPM} a minute: ${minute.length} problems`)
  tell(minute)
  const slots = await raceForSlots(scene, CONCURRENCY)
  say(`${SERVERS} servers, ${3 * CONCURRENCY} streams at once, ${CONCURRENCY} may run: ${slots.length} problems`)
  tell(slots)
  const { backAfterS, problems } = await raceForSlotsOfTheDead(scene, CONCURRENCY)
  say(`one is killed with its slots: all are free after ${backAfterS.toFixed(1)} s, ${problems.length} problems`)
  tell(problems)
}

say(`seed ${seed}`)
say(
  '| | buyers | got | paid + cut | nano-dollars left | holds recovered | refused: money | refused: at once | lost | problems | seconds |',
)
say('|---|---|---|---|---|---|---|---|---|---|---|')
{
  await using scene = await Scene.open(1)
  await money('one server, SQLite', scene, plan)
}
const missing = WITHOUT_POSTGRES === false ? WITHOUT_REDIS : WITHOUT_POSTGRES
if (missing === false) {
  {
    await using scene = await Scene.open(SERVERS)
    await money('three servers, PostgreSQL and Redis', scene, plan)
    await money('the same, and one is killed', scene, { ...plan, killAt: KILL_AT })
  }
  say('')
  await using scene = await Scene.open(SERVERS)
  await limits(scene)
} else {
  say(`left out: ${missing}`)
}
process.exitCode = failed ? 1 : 0
