/** From the tools that a message asks for to calls with arguments that fit. */

import { EngineError, type GenerationRequest } from '../../generation/index.ts'
import { type ChosenTool, type KnownTool, MOST_CALLS, chooseTools, knowTools, nearestTool } from './choose-tools.ts'
import type { Conversation } from './conversation.ts'
import type { Decision, PlannedCall } from './decision.ts'
import { stepsOf } from './message-clauses.ts'
import { NoInstanceError } from './instance-budget.ts'
import { InstanceMaker } from './schema-instance.ts'
import { requiredOf } from './schema-view.ts'
import { ValueFinder } from './value-finder.ts'

/** The calls for this turn, or `undefined` when the answer is text. */
export function callTools(
  request: GenerationRequest,
  conversation: Conversation,
  engine: string,
): Decision | undefined {
  const { toolChoice } = request
  if (request.tools.length === 0 || toolChoice === 'none') return undefined
  const tools = knowTools(request.tools)
  const chosen =
    toolChoice === 'auto'
      ? chosenNow(conversation, tools)
      : [forcedTool(toolChoice, conversation, tools)].filter((one) => one !== undefined)
  const calls = chosen.flatMap((one) => callsOf(one, conversation, engine)).slice(0, MOST_CALLS)
  return calls.length === 0 ? undefined : { thought: thoughtOf(calls, toolChoice), text: '', calls }
}

/**
 * "Look up X, then send it to Y" is done step by step: each round of calls takes the next step that asks for a tool.
 * After the last one there is nothing left to call, so a loop of tools always ends.
 */
function chosenNow({ asked, toolRounds }: Conversation, tools: readonly KnownTool[]): readonly ChosenTool[] {
  const asking = stepsOf(asked)
    .map((step) => chooseTools(step, tools))
    .filter((chosen) => chosen.length > 0)
  return asking[toolRounds] ?? []
}

function forcedTool(
  choice: 'required' | { readonly name: string },
  { asked }: Conversation,
  tools: readonly KnownTool[],
): ChosenTool | undefined {
  if (choice === 'required') return nearestTool(asked, tools)
  const tool = tools.find((known) => known.tool.name === choice.name)
  return tool === undefined ? undefined : { tool, text: asked }
}

/** One call, or one for each of the values that are named together: "the weather in Paris and London". */
function callsOf({ tool, text }: ChosenTool, conversation: Conversation, engine: string): PlannedCall[] {
  const { name } = tool.tool
  const outcomes = conversation.outcomes.map(({ result }) => result)
  const finder = new ValueFinder([...new Set([text, conversation.asked]), ...outcomes.slice(-4)])
  const maker = new InstanceMaker(tool.schema, { finder, complete: false, prose: proseFor(conversation) })
  let value: unknown
  try {
    value = maker.make()
  } catch (error) {
    if (!(error instanceof NoInstanceError)) throw error
    throw new EngineError('refused', `the schema of ${name} cannot be filled: ${error.message}`, {
      engine,
      cause: error,
      publicMessage: `Invalid request: the parameters of tool ${name} cannot be filled: ${error.message}`,
    })
  }
  return spread(value, maker, finder, tool).map((each) => ({ name, arguments: JSON.stringify(each) }))
}

/** What a tool is given to say when the message has no words for it: the last result, or the wish itself. */
function proseFor({ asked, outcomes }: Conversation): string {
  return (outcomes.at(-1)?.result ?? asked).trim().slice(0, PROSE_CHARACTERS)
}

const PROSE_CHARACTERS = 500

function spread(value: unknown, maker: InstanceMaker, finder: ValueFinder, tool: KnownTool): unknown[] {
  if (typeof value !== 'object' || value === null) return [value]
  const required = requiredOf(tool.schema)
  const lists = [...maker.lists].filter(([name, list]) => Object.hasOwn(value, name) && !finder.isSpent(list))
  const [main] = lists.toSorted(([one], [other]) => Number(required.has(other)) - Number(required.has(one)))
  if (main === undefined) return [value]
  return main[1]
    .slice(0, MOST_CALLS)
    .map((entry) =>
      Object.fromEntries(Object.entries(value).map(([name, own]) => [name, name === main[0] ? entry : own])),
    )
}

function thoughtOf(calls: readonly PlannedCall[], choice: GenerationRequest['toolChoice']): string {
  const shown = calls.slice(0, 4).map((call) => `${call.name} with ${shortened(call.arguments)}`)
  const more = calls.length > 4 ? ` and ${calls.length - 4} more` : ''
  const why = choice === 'auto' ? 'The words of the message fit a tool that I was given.' : 'I have to call a tool.'
  return `${why} I call ${shown.join(', then ')}${more}.`
}

function shortened(json: string): string {
  return json.length > 120 ? `${json.slice(0, 120)}…` : json
}
