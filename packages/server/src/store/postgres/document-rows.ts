/** Documents as the JSON in which they travel to the database's function. */

import type { DocumentRow } from '../../documents/check-documents.ts'

/** For `documents_put`. */
export function documentsJson(rows: readonly DocumentRow[]): string {
  return JSON.stringify(documentFields(rows))
}

export function documentFields(rows: readonly DocumentRow[]): object[] {
  return rows.map(({ createdAt, dueAt, expiresAt, ...same }) => ({
    ...same,
    created_at: createdAt,
    due_at: dueAt,
    expires_at: expiresAt,
  }))
}
