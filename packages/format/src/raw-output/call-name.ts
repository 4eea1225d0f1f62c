/**
 * The name of the tool that a call is for, out of what the model wrote in the place of the id.
 *
 * The model was taught `functions.{name}:{idx}`. A name may hold dots and hyphens, so it is what stands between the
 * prefix and the last colon: Moonshot's published pattern breaks on hyphens, and vLLM's rule (what stands behind the last
 * dot) on dots. Declared tools decide where the form does not.
 */

import { parseJson } from '@moonbase/protocol'
import type { PromptTool } from '../prompt.ts'
import type { RepairKind } from './repair-kind.ts'

const PREFIX = 'functions.'

/** What moonshot's error page and OpenAI allow a name at most. */
const NAME_CHARACTERS = 64

/** Ids that other platforms make up; a model that finds them in its history imitates them (vLLM issues 28543, 32216). */
const FOREIGN_ID = /^(?:call|toolu|chatcmpl|fc|tooluse)[_-]/i

export interface NamedCall {
  readonly name: string
  readonly slip?: RepairKind
}

/** `undefined` when the id does not tell. */
export function nameInId(id: string, tools: readonly PromptTool[]): NamedCall | undefined {
  const indexed = /^(.+):\d+$/s.exec(id)?.[1]
  const body = indexed ?? id.replace(/:$/, '')
  const prefixed = body.startsWith(PREFIX)
  const name = prefixed ? body.slice(PREFIX.length) : body
  if (name === '' || /\s/.test(name)) return undefined
  const slip = indexed === undefined ? 'id-without-index' : prefixed ? undefined : 'id-without-prefix'
  if (declares(tools, name)) return named(name, slip)
  // `functions.tools.search:0`, `search_0`: the form is not the model's, but it holds a name that was declared.
  const ending = longest(tools, (declared) => name.endsWith(`.${declared}`))
  if (ending !== undefined) return named(ending, 'foreign-prefix')
  const counted = /^(.+)[_-]\d+$/s.exec(name)?.[1]
  if (indexed === undefined && counted !== undefined && declares(tools, counted)) return named(counted, slip)
  if (FOREIGN_ID.test(name)) return undefined
  return prefixed || indexed !== undefined || /^[A-Za-z_$][\w.$-]*$/.test(name) ? named(name, slip) : undefined
}

/**
 * The one declared tool that these arguments can be for: the only tool there is, or the only one that knows every
 * property that is given and misses none that it requires. Two that fit are none: a wrong tool must not be run.
 */
export function nameByArguments(json: string, tools: readonly PromptTool[]): string | undefined {
  const functions = tools.filter((tool) => tool.type === 'function')
  const [only] = functions
  if (tools.length === 1 && only !== undefined) return only.name
  const given = keysOf(json)
  if (given === undefined) return undefined
  const fitting = functions.filter(({ parameters }) => {
    const known = new Set(Object.keys(isRecord(parameters['properties']) ? parameters['properties'] : {}))
    const required = Array.isArray(parameters['required']) ? parameters['required'] : []
    return given.every((key) => known.has(key)) && required.every((key) => given.includes(String(key)))
  })
  return fitting.length === 1 ? fitting[0]?.name : undefined
}

/** A name made of an id that holds none: the client then says that it knows no such tool, and the model can mend it. */
export function nameOfLastResort(id: string): string | undefined {
  const body = id.replace(/:\d*$/, '').replace(/^functions\./, '')
  const name = body.replaceAll(/[^\w.$-]+/g, '_').slice(0, NAME_CHARACTERS)
  return /[A-Za-z0-9]/.test(name) ? name : undefined
}

export function declares(tools: readonly PromptTool[], name: string): boolean {
  return tools.some((tool) => tool.name === name)
}

function longest(tools: readonly PromptTool[], fits: (name: string) => boolean): string | undefined {
  let found: string | undefined
  for (const { name } of tools) if (fits(name) && name.length > (found?.length ?? 0)) found = name
  return found
}

function named(name: string, slip: RepairKind | undefined): NamedCall {
  return slip === undefined ? { name } : { name, slip }
}

function keysOf(json: string): string[] | undefined {
  try {
    const value: unknown = parseJson(json)
    return isRecord(value) ? Object.keys(value) : undefined
  } catch {
    // Not JSON: it tells nothing.
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
