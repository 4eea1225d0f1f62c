/** The toy's API: its own paths, its own header for keys, its own form of refusals. Made of nothing but what any API is made of. */

import { apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../../packages/server/src/accounts/accounts.ts'
import { answer } from '../../packages/server/src/apis/answer.ts'
import type { Api } from '../../packages/server/src/apis/api.ts'
import { followStream } from '../../packages/server/src/apis/follow-stream.ts'
import type { EmbeddedServices } from '@moonbase/server'
import { toyDialect } from './toy-dialect.ts'

/** Some clients compare it letter by letter. */
const TOY_TYPE = 'application/x-toy'

/** A kind of document that no store has heard of. */
const NOTE = 'toy-note'

export function toyApi(services: EmbeddedServices): Api<KeyAccount> {
  return {
    name: 'toy',
    provider: 'toy',
    prefixes: ['/v1/toy'],
    order: 'route-first',
    pages: false,
    authentication: {
      shown: (exchange) => exchange.header('x-toy-key'),
      find: (key) => services.accounts.findKey(key),
      admit(key, exchange) {
        if (!key.mayComeFrom(exchange)) throw apiError('address_not_allowed')
        exchange.notes.keyId = key.id
        exchange.notes.organisation = key.organisation
      },
    },
    routes: [
      {
        method: 'PUT',
        path: '/v1/toy/:model/say',
        answer: answer(toyDialect, { api: 'toy', contentType: TOY_TYPE }, services),
      },
      {
        method: 'PUT',
        path: '/v1/toy/notes/:id',
        async answer(exchange, { key, parameters }) {
          const note = new TextDecoder().decode(await exchange.readBody(1_000))
          const name = { kind: NOTE, owner: key.organisation, id: parameters['id'] ?? '' }
          const now = services.clock.now()
          const fields = { label: null, createdAt: now, dueAt: null, expiresAt: null, value: { note } }
          const outcome = await services.documents.put([{ ...name, ...fields, expects: 'absent' }])
          exchange.send(outcome === 'kept' ? 201 : 409, TOY_TYPE, JSON.stringify({ outcome }))
        },
      },
      {
        method: 'GET',
        path: '/v1/toy/notes/:id',
        async answer(exchange, { key, parameters }) {
          const kept = await services.documents.get(NOTE, key.organisation, parameters['id'] ?? '')
          exchange.send(kept === undefined ? 404 : 200, TOY_TYPE, JSON.stringify(kept?.value ?? null))
        },
      },
      { method: 'GET', path: '/v1/toy/streams/:id', answer: followStream(services.streams) },
    ],
    refuse: (error, exchange) =>
      exchange.send(error.status, TOY_TYPE, JSON.stringify(toyDialect.encodeError(error, exchange.id))),
  }
}
