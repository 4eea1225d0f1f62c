/** A conversation out of ChatGPT's own export: a tree of messages, of which the branch that was open last is taken, with the others beside it. */

import { fold, NEW_CONVERSATION, type Role } from '../conversation/index.ts'
import type { Kept } from './document.ts'
import { keptOf, type Making } from './make-kept.ts'
import { isFields } from './shape.ts'

const ROLES: Readonly<Record<string, Role>> = { system: 'system', user: 'user', assistant: 'assistant', tool: 'tool' }

const MOST_NODES = 50_000

interface Place {
  readonly node: string
  /** The turn above it, in ours. */
  readonly after: string | null
}

/** `undefined`: it is none. */
export function fromChatGpt(value: unknown, making: Making): Kept | undefined {
  if (!isFields(value) || !isFields(value['mapping'])) return undefined
  const { mapping } = value
  const roots = Object.keys(mapping).filter((node) => parentOf(mapping, node) === undefined)
  const made = new Map<string, string>()
  const open: Place[] = roots.map((node) => ({ node, after: null }))
  const seen = new Set<string>()
  let conversation = NEW_CONVERSATION
  for (const { node, after } of open) {
    if (seen.has(node) || seen.size >= MOST_NODES) continue
    seen.add(node)
    const message = messageOf(mapping[node])
    let here = after
    if (message !== undefined) {
      here = making.newId()
      const parts = message.text === '' ? [] : [{ kind: 'text' as const, text: message.text }]
      const beside = conversation.children[after ?? '']?.[0]
      conversation =
        beside === undefined
          ? fold(conversation, {
              type: 'turn',
              turn: here,
              after,
              role: message.role,
              parts,
              at: message.at || making.now,
            })
          : fold(conversation, {
              type: 'edit',
              turn: beside,
              as: here,
              parts,
              role: message.role,
              at: message.at || making.now,
            })
      made.set(node, here)
    }
    for (const child of childrenOf(mapping[node])) open.push({ node: child, after: here })
  }
  if (made.size === 0) return undefined
  // From the open leaf upward: each is chosen among those beside it.
  for (let node = textOf(value['current_node']), steps = 0; node !== undefined && steps < MOST_NODES; steps += 1) {
    const turn = made.get(node)
    if (turn !== undefined) conversation = fold(conversation, { type: 'branch', turn })
    node = parentOf(mapping, node)
  }
  const seconds = value['create_time']
  return keptOf(conversation, textOf(value['title']) ?? '', typeof seconds === 'number' ? seconds * 1000 : 0, making)
}

type Mapping = Readonly<Record<string, unknown>>

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function parentOf(mapping: Mapping, node: string): string | undefined {
  const found = mapping[node]
  const parent = isFields(found) ? textOf(found['parent']) : undefined
  return parent !== undefined && mapping[parent] !== undefined ? parent : undefined
}

function childrenOf(node: unknown): string[] {
  const children = isFields(node) ? node['children'] : undefined
  return Array.isArray(children) ? children.filter((child) => typeof child === 'string') : []
}

/** `undefined` where there is nothing that was said: the root, what was hidden, what has no words. */
function messageOf(node: unknown): { readonly role: Role; readonly text: string; readonly at: number } | undefined {
  const message = isFields(node) ? node['message'] : undefined
  if (!isFields(message) || !isFields(message['author']) || !isFields(message['content'])) return undefined
  const role = ROLES[textOf(message['author']['role']) ?? '']
  const { parts } = message['content']
  const said = Array.isArray(parts)
    ? parts.filter((part) => typeof part === 'string').join('\n')
    : textOf(message['content']['text'])
  if (role === undefined || said === undefined || said === '') return undefined
  const seconds = message['create_time']
  return { role, text: said, at: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : 0 }
}
