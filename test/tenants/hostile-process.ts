/** The process of the hostile tenant: it is told where, with which key and how, says when it has begun, and ends when told to. */

import { ATTACKS, type AttackName } from './attacks.ts'
import { HOSTILE_NICE, takeRank } from './rank.ts'

takeRank(HOSTILE_NICE)
const [url = '', key = '', name = ''] = process.argv.slice(2)
const attack = ATTACKS[name as AttackName]
const curtain = new AbortController()
process.on('message', () => curtain.abort())
process.on('disconnect', () => process.exit())
const over = attack({ url, key }, curtain.signal)
process.send?.({ begun: true })
await over
process.send?.({ over: true }, () => process.exit())
