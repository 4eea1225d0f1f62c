/** The wires that a client may speak to moonbase: the same question of 1 KB in each, and how a right answer ends. */

import { anthropicFace } from '../test/faces/anthropic.ts'
import type { Face } from '../test/faces/face.ts'
import { gatewayFace } from '../test/faces/ai-gateway.ts'
import { moonshotFace } from '../test/faces/moonshot.ts'
import { oxenFace } from '../test/faces/oxen.ts'
import { responsesFace } from '../test/faces/responses.ts'
import { workersAiRestFace } from '../test/faces/workers-ai.ts'
import { MODEL, MOST_TOKENS, messagesOf, requestBody, type Scene, smallRequest } from './script.ts'

export interface Wire {
  readonly title: string
  readonly path: string
  readonly body: (scene: Scene) => string
  readonly headers?: Readonly<Record<string, string>>
  /** It does what no other does: what it costs is told, and held to nothing. */
  readonly more?: boolean
  readonly read: Pick<Face, 'saidIn' | 'readStream'>
  /** What a whole reply has beside its text, and a stream behind its last piece. */
  readonly marks: readonly string[]
  /** With which a stream ends. */
  readonly done: string
  /** A stream says all of its text again at its end. */
  readonly repeats?: boolean
}

export const WIRE_NAMES = ['moonshot', 'oxen', 'ai-gateway', 'logged', 'workers-ai', 'anthropic', 'responses'] as const
export type WireName = (typeof WIRE_NAMES)[number]

const chat = { marks: ['"finish_reason":"stop"', '"total_tokens":'], done: 'data: [DONE]\n\n' } as const

export const WIRES: Readonly<Record<WireName, Wire>> = {
  moonshot: { title: 'Moonshot', path: '/v1/chat/completions', body: requestBody, read: moonshotFace, ...chat },
  oxen: {
    title: 'Oxen',
    path: oxenFace.path,
    body: (scene) => JSON.stringify({ ...smallRequest(scene), model: 'moonshotai-kimi-k2-5' }),
    read: oxenFace,
    ...chat,
  },
  'ai-gateway': {
    title: 'AI Gateway',
    path: gatewayFace.path,
    body: requestBody,
    headers: { 'cf-aig-collect-log': 'false' },
    read: gatewayFace,
    ...chat,
  },
  logged: {
    title: 'AI Gateway, logged',
    path: gatewayFace.path,
    body: requestBody,
    more: true,
    read: gatewayFace,
    ...chat,
  },
  'workers-ai': {
    title: 'Workers AI',
    path: workersAiRestFace.path,
    body(scene) {
      const { model: _, ...inputs } = smallRequest(scene)
      return JSON.stringify(inputs)
    },
    read: workersAiRestFace,
    ...chat,
  },
  anthropic: {
    title: 'Anthropic Messages',
    path: anthropicFace.path,
    body(scene) {
      const [system, ...messages] = messagesOf(scene)
      const stream = scene !== 'whole'
      return JSON.stringify({ model: MODEL, system: system?.content, messages, max_tokens: MOST_TOKENS, stream })
    },
    read: anthropicFace,
    marks: ['"stop_reason":"end_turn"', '"output_tokens":'],
    done: '"type":"message_stop"}\n\n',
  },
  responses: {
    title: 'OpenAI Responses',
    path: responsesFace.path,
    // Not kept: that is a document of its own beside the answer, and no part of the wire.
    body(scene) {
      const [system, ...input] = messagesOf(scene)
      const stream = scene !== 'whole'
      const more = { max_output_tokens: MOST_TOKENS, store: false, stream }
      return JSON.stringify({ model: MODEL, instructions: system?.content, input, ...more })
    },
    read: responsesFace,
    marks: ['"status":"completed"', '"total_tokens":'],
    done: '}\n\n',
    repeats: true,
  },
}
