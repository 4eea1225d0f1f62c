/** The pages of one browser: who runs a conversation, and what another one has changed. */

import type { Change } from './history.ts'

/** What is needed of `navigator.locks`. */
export interface Locks {
  request(
    name: string,
    options: { readonly ifAvailable: true },
    work: (lock: object | null) => Promise<void>,
  ): Promise<void>
}

/**
 * Runs the work while no other page runs this conversation.
 *
 * @returns false where another page does; `work` was not called then
 */
export async function alone(locks: Locks, id: string, work: () => Promise<void>): Promise<boolean> {
  let isOurs = false
  await locks.request(`moonbase conversation ${id}`, { ifAvailable: true }, async (lock) => {
    isOurs = lock !== null
    if (isOurs) await work()
  })
  return isOurs
}

/** What is needed of a `BroadcastChannel`. */
export interface Channel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  removeEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
}

/** @returns stops listening */
export function onChange(channel: Channel, heard: (change: Change) => void): () => void {
  const listener = ({ data }: { readonly data: unknown }): void => {
    if (isChange(data)) heard(data)
  }
  channel.addEventListener('message', listener)
  return () => channel.removeEventListener('message', listener)
}

/** A page of an older or newer version may say anything. */
function isChange(data: unknown): data is Change {
  if (typeof data !== 'object' || data === null || !('type' in data) || !('id' in data)) return false
  return (data.type === 'changed' || data.type === 'removed') && typeof data.id === 'string'
}
