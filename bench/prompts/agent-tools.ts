/** Thirty tools as agents declare them: names, long descriptions, schemas with `$schema` and few surprises. */

import type { Material } from './material.ts'

/** What agents name their tools, their own and those of MCP servers. */
export const TOOL_NAMES = (
  'Read Edit MultiEdit Write Bash Glob Grep List Task TodoWrite WebFetch WebSearch NotebookEdit KillShell ReadOutput Plan Ask ' +
  'Remember Diagnose Rename mcp__git__log mcp__git__diff mcp__git__blame mcp__git__commit mcp__issues__list mcp__issues__show ' +
  'mcp__issues__comment mcp__db__query mcp__db__schema mcp__browser__open'
).split(' ')

export function agentTools(count: number, describe: Material): object[] {
  return TOOL_NAMES.slice(0, count).map((name) => ({
    type: 'function',
    function: { name, description: describe.prose(520), parameters: parametersOf(describe) },
  }))
}

function parametersOf(describe: Material): object {
  const text = (length: number) => ({ type: 'string', description: describe.prose(length) })
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: {
      path: text(90),
      query: text(60),
      limit: { type: 'integer', description: describe.prose(50), minimum: 1, maximum: 2000, default: 100 },
      mode: { type: 'string', enum: ['content', 'files', 'count'], default: 'content' },
      edits: {
        type: 'array',
        items: {
          type: 'object',
          properties: { old: text(40), new: text(40) },
          required: ['old', 'new'],
          additionalProperties: false,
        },
      },
    },
    required: ['path'],
    additionalProperties: false,
  }
}
