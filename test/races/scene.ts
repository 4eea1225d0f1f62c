/** One or more servers with what they share, and an operator: where requests race. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { OperatorView } from '../crash/operator-view.ts'
import { call } from '../support/call.ts'
import { GATEWAY_ADMIN_KEY, Gateway } from '../support/gateway.ts'
import { type Customer, type CustomerWishes, Operator } from '../support/operator.ts'
import { startPostgres } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import { scenarioFile } from './goods.ts'

const KNOWN_TRIES = 200
const PAUSE_MS = 50

export class Scene implements AsyncDisposable {
  readonly gateways: readonly Gateway[]
  /** Of the first server. */
  readonly operator: Operator
  readonly view: OperatorView
  readonly #resources: AsyncDisposableStack

  private constructor(gateways: readonly Gateway[], url: string, resources: AsyncDisposableStack) {
    this.gateways = gateways
    this.operator = new Operator({ url }, GATEWAY_ADMIN_KEY)
    this.view = new OperatorView(url)
    this.#resources = resources
  }

  /** One server with a file of its own; or several, with one PostgreSQL and one Redis. */
  static async open(servers: number): Promise<Scene> {
    await using resources = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'moonbase-races-'))
    resources.defer(() => rm(folder, { recursive: true, force: true }))
    let environment: Readonly<Record<string, string>> = {}
    if (servers > 1) {
      const postgres = resources.use(await startPostgres())
      const redis = resources.use(await startRedis())
      environment = { MOONBASE_STORE: await postgres.database(), MOONBASE_LIMITS: redis.url }
    }
    const gateways: Gateway[] = []
    for (let count = 1; count <= servers; count += 1) {
      const plan = { folder: join(folder, `server-${count}`), scenarios: scenarioFile(), environment }
      const gateway = await Gateway.start(plan)
      resources.defer(() => gateway.stop())
      gateways.push(gateway)
    }
    return new Scene(gateways, gateways[0]?.url ?? '', resources.move())
  }

  get urls(): readonly string[] {
    return this.gateways.map(({ url }) => url)
  }

  /** Known to every server when it resolves. */
  async customer(wishes: CustomerWishes): Promise<Customer> {
    const customer = await this.operator.customer(wishes)
    for (const url of this.urls) {
      for (let tries = 1; ; tries += 1) {
        const { status, text } = await call(`${url}/v1/users/me/balance`, { key: customer.key })
        if (status === 200) break
        if (tries >= KNOWN_TRIES) throw new Error(`${url} does not know a new key: ${status} ${text}`)
        await wait(PAUSE_MS)
      }
    }
    return customer
  }

  /** Until nothing is held any more, or patience is over. */
  async quiet(organisation: string, patienceS: number): Promise<void> {
    const until = performance.now() + patienceS * 1_000
    while ((await this.view.balance(organisation)).held !== 0 && performance.now() < until) await wait(PAUSE_MS)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }
}
