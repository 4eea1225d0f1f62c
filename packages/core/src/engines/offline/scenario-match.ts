/** Which scenario answers a request. */

import { type Content, type GenerationRequest, partialOf, textOf } from '../../generation/index.ts'
import { type Conversation, readConversation } from './conversation.ts'
import { SEARCHED_CHARACTERS, type Scenario, type ScenarioMatch } from './scenario.ts'

/**
 * The scenarios of one engine. How often each has answered is the only thing this engine remembers between requests;
 * `times` is made of it, so that "fail twice, then work" can be scripted. It is one counter for each scenario.
 */
export class ScenarioBook {
  readonly #entries: readonly { readonly scenario: Scenario; answered: number }[]

  constructor(scenarios: readonly Scenario[]) {
    this.#entries = scenarios.map((scenario) => ({ scenario, answered: 0 }))
  }

  /** The first scenario that matches and has not answered often enough. Asking counts as an answer. */
  take(request: GenerationRequest): Scenario | undefined {
    if (this.#entries.length === 0) return undefined
    const conversation = readConversation(request)
    const entry = this.#entries.find(
      ({ scenario, answered }) =>
        answered < (scenario.times ?? Infinity) && matches(scenario.match, request, conversation),
    )
    if (entry === undefined) return undefined
    entry.answered += 1
    return entry.scenario
  }
}

function matches(match: ScenarioMatch, request: GenerationRequest, conversation: Conversation): boolean {
  const { messages } = request
  return (
    isSaid(match.last_user, () => [textOf(messages.findLast(({ role }) => role === 'user')?.content ?? '')]) &&
    isSaid(match.system, () =>
      messages.filter(({ role }) => role === 'system').map(({ content }) => textOf(content)),
    ) &&
    isSaid(match.any_message, () => messages.map(({ content }) => textOf(content))) &&
    isModel(match.model, request.model) &&
    (match.has_tool === undefined || request.tools.some(({ name }) => name === match.has_tool)) &&
    isAfterTool(match.after_tool, conversation) &&
    isWanted(match.thinking, request.thinking) &&
    isWanted(
      match.has_image,
      messages.some(({ content }) => holdsMedia(content)),
    ) &&
    isWanted(match.partial, partialOf(request) !== undefined) &&
    isWanted(match.stream, !request.whole) &&
    isWanted(match.response_format, request.responseFormat.type) &&
    isWanted(match.turn, messages.filter(({ role }) => role === 'user').length)
  )
}

function isWanted<Value>(wanted: Value | undefined, actual: Value): boolean {
  return wanted === undefined || wanted === actual
}

function isSaid(wanted: string | RegExp | undefined, texts: () => readonly string[]): boolean {
  return wanted === undefined || texts().some((text) => holds(text, wanted))
}

function holdsMedia(content: Content): boolean {
  return typeof content !== 'string' && content.some(({ type }) => type !== 'text')
}

/** A pattern comes from the operator's own file; the text it runs on is bounded all the same. */
function holds(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text.slice(-SEARCHED_CHARACTERS))
}

function isModel(wanted: string | RegExp | undefined, model: string): boolean {
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? wanted === model : wanted.test(model)
}

function isAfterTool(wanted: boolean | string | undefined, { outcomes }: Conversation): boolean {
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? outcomes.some(({ name }) => name === wanted) : wanted === outcomes.length > 0
}
