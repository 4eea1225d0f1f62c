import { engineContract } from '../testing/engine-contract.ts'
import { CONTRACT_REQUESTS } from './testing/contract-requests.ts'
import { openaiCompatibleEngine } from './engine.ts'
import { FLAVOURS, FLAVOUR_NAMES } from './flavours.ts'
import { HANDED_IN } from './testing/handed-in.ts'
import { MemoryTransport } from './testing/memory-transport.ts'
import { scriptedReply } from './testing/scripted-upstream.ts'

for (const flavour of FLAVOUR_NAMES) {
  engineContract(`openai-compatible, ${flavour}`, async () => {
    const transport = new MemoryTransport(({ json }) => {
      const { status, headers, pieces, ending } = scriptedReply(flavour, json)
      return { status, headers, reads: pieces, ending: ending === 'cut' ? 'reset' : ending }
    })
    const engine = openaiCompatibleEngine({
      name: flavour,
      url: 'http://upstream.test/v1',
      flavour,
      transport,
      clock: { now: () => 0 },
      ...HANDED_IN,
    })
    return {
      ...CONTRACT_REQUESTS,
      engine,
      begun: () => transport.seen.length,
      active: () => transport.seen.filter(({ left }) => left === 'no').length,
      // Moonshot's later models fix the number of choices, so it is never asked for more than one.
      honours: { choices: FLAVOURS[flavour].sampling === 'explicit' },
      close: async () => transport.close(),
    }
  })
}
