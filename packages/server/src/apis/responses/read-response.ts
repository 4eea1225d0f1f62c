/** A Responses request is read: what it refers to is found first, so that all rules see the whole conversation. */

import type { WireRequest } from '@moonbase/core/dialects'
import {
  type AnyItem,
  type DecodedResponse,
  type Earlier,
  RESPONSES_FORM,
  isResponseId,
  placeOfItem,
  referencesOf,
  responseIdentity,
  responses,
} from '@moonbase/core/dialects/responses'
import { mediaFromUrl } from '@moonbase/core/generation'
import { apiErrorWith } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { ReasoningSeals } from '../../responses/reasoning-seal.ts'
import type { ResponseStore } from '../../responses/response-store.ts'
import type { StoredItem } from '../../responses/stored-response.ts'
import type { RequestReader } from '../start-answer.ts'

export interface ReadServices {
  readonly store: Pick<ResponseStore, 'conversationOf' | 'inputOf' | 'outputOf' | 'canKeep'>
  readonly seals: () => Promise<ReasoningSeals>
  readonly clock: { now(): number }
}

export interface ReadResponse extends DecodedResponse {
  /** The responses that it goes on from, the oldest first. */
  readonly earlier: readonly string[]
}

/** @param requestId a random UUID, of which the response's id is made */
export function responseReader(
  { store, seals, clock }: ReadServices,
  { organisation }: Pick<KeyAccount, 'organisation'>,
  requestId: string,
): RequestReader<ReadResponse> {
  const now = (): number => Math.floor(clock.now() / 1000)
  return {
    lenient: RESPONSES_FORM.lenient,
    async decode(wire: WireRequest, lenient) {
      const found = await findEarlier(store, organisation, wire.body())
      const dialect = responses({
        identity: responseIdentity(requestId, now()),
        earlier: found,
        seal: (await seals()).of(organisation),
        readMedia: mediaFromUrl,
        keeps: (input) => store.canKeep(itemsToStore(input), null),
        now,
      })
      return { ...dialect.decode(wire, lenient), earlier: found.earlier }
    },
  }
}

/** @throws ApiError `previous_response_not_found`, which is all that anybody is told of a response of others */
async function findEarlier(
  store: ReadServices['store'],
  owner: string,
  body: unknown,
): Promise<Earlier & { readonly earlier: readonly string[] }> {
  const { previous, items } = referencesOf(body)
  if (previous !== undefined && !isResponseId(previous)) throw notFound(previous)
  const known = await findItems(store, owner, items)
  const conversation = previous === undefined ? undefined : await store.conversationOf(owner, previous)
  return {
    items: (conversation?.items ?? []).flatMap(itemToRead),
    earlier: conversation?.earlier ?? [],
    find: (id) => known.get(id),
  }
}

/** Of one request: clients refer to what each turn of a conversation has brought. */
const MOST_HOLDERS = 1_000
const TOO_MANY = `input refers to items of more than ${MOST_HOLDERS} responses`
/** Asked for at once. */
const AT_ONCE = 16

/** Those that are kept, by their ids. Each place is looked at once, however many of its items are meant. */
async function findItems(
  store: ReadServices['store'],
  owner: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AnyItem>> {
  const places = new Map<string, NonNullable<ReturnType<typeof placeOfItem>>>()
  for (const id of ids) {
    const place = placeOfItem(id)
    if (place !== undefined) places.set(`${place.side} ${place.response}`, place)
  }
  if (places.size > MOST_HOLDERS) {
    throw apiErrorWith('invalid_request', { field: { name: 'input' } }, { details: TOO_MANY })
  }
  const known = new Map<string, AnyItem>()
  const all = [...places.values()]
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const found = await Promise.all(
      all
        .slice(at, at + AT_ONCE)
        .map(({ response, side }) =>
          side === 'input' ? store.inputOf(owner, response) : store.outputOf(owner, response),
        ),
    )
    for (const item of found.flat()) remember(item, known)
  }
  return known
}

function notFound(id: string): Error {
  return apiErrorWith('previous_response_not_found', { field: { name: 'previous_response_id' } }, { id })
}

function remember(item: StoredItem, known: Map<string, AnyItem>): void {
  const { id } = item
  const [readable] = itemToRead(item)
  if (typeof id === 'string' && readable !== undefined) known.set(id, readable)
}

function itemToRead(item: StoredItem): AnyItem[] {
  const { type } = item
  return typeof type === 'string' ? [{ ...item, type }] : []
}

/** They came as JSON, and nothing but ids was added. */
export function itemsToStore(items: readonly AnyItem[]): readonly StoredItem[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was parsed from JSON is JSON
  return items as readonly StoredItem[]
}
