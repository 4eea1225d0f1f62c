/** Accounts for a moonbase that was just started: limits that count everything and refuse nothing, and a second client. */

/** Ten thousand dollars, as the first organisation has from the server itself. */
const VOUCHER = '10000'

/** Puts everybody into a tier whose limits are counted and never reached; the key of another organisation. */
export async function openAccounts(port: number, adminKey: string): Promise<string> {
  const admin = async (path: string, body?: object): Promise<unknown> => {
    const reply = await fetch(`http://127.0.0.1:${port}/admin/v1/${path}`, {
      headers: {
        authorization: `Bearer ${adminKey}`,
        'content-type': 'application/json',
        'idempotency-key': `bench-${path}`,
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`)
    return reply.json()
  }
  const recharge = { USD: null, CNY: null }
  await admin('tiers/bench', { concurrency: 100_000, rpm: 1e9, tpm: 1e13, tpd: 1e15, recharge })
  const first = found(await admin('organisations'), /"id":"(org-[0-9a-f]+)"/)
  await admin(`organisations/${first}`, { tier: 'bench' })

  const made = await admin('organisations', { name: 'neighbour', currency: 'USD', tier: 'bench' })
  const neighbour = `organisations/${found(made, /"id":"(org-[0-9a-f]+)"/)}`
  await admin(`${neighbour}/vouchers`, { amount: VOUCHER })
  const project = found(await admin(`${neighbour}/projects`, { name: 'bench' }), /"id":"(proj-[0-9a-f]+)"/)
  return found(await admin(`${neighbour}/api-keys`, { project, name: 'bench' }), /"key":"(sk-[^"]+)"/)
}

/** Replies are read by their text: this is the one place that looks, and at four fields. */
function found(reply: unknown, pattern: RegExp): string {
  const text = JSON.stringify(reply)
  const value = pattern.exec(text)?.[1]
  if (value === undefined) throw new Error(`the admin API's reply has no ${pattern.source}: ${text.slice(0, 400)}`)
  return value
}
