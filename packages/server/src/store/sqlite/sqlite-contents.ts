/** Contents in the same file as the ledger: each order is one short transaction of the thread, between those of money. */

import type { ContentTable, OrganisationFilter } from '../../contents/content-table.ts'
import type { RequestContent } from '../../contents/request-content.ts'
import type { LedgerParts } from './ledger-parts.ts'

export class SqliteContents implements ContentTable {
  readonly refusal = undefined
  readonly #writer: LedgerParts['writer']
  readonly #read: LedgerParts['read']

  constructor({ writer, read }: Pick<LedgerParts, 'writer' | 'read'>) {
    this.#writer = writer
    this.#read = read
  }

  insert(contents: readonly RequestContent[]): Promise<number> {
    return this.#writer.ask('insertContents', contents)
  }

  find(request: string, organisation: OrganisationFilter, now: number): Promise<RequestContent | undefined> {
    return this.#read('findContent', { request, organisation, now })
  }

  remove(request: string, organisation: OrganisationFilter, now: number): Promise<number> {
    return this.#writer.ask('removeContent', { request, organisation, now })
  }

  removeOfProject(organisation: string, project: string, before: number): Promise<number> {
    return this.#writer.ask('removeContentsOfProject', { organisation, project, before })
  }

  removeExpired(now: number): Promise<number> {
    return this.#writer.ask('removeExpiredContents', { now })
  }
}
