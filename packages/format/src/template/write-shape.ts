/** Writes the shapes of schemas as the types of a TypeScript-like declaration. Facts: `tool_declaration_ts.py` of K2.5. */

import { spacedJson, pythonText } from './python-text.ts'
import type { ArrayShape, Field, ObjectShape, Shape } from './read-schema.ts'

const INDENT = '  '

/** The type; its own comments are written by whatever it stands in. Lines after the first begin with `indent`. */
export function writeShape(shape: Shape, indent = ''): string {
  switch (shape.kind) {
    case 'plain':
      return shape.text
    case 'object':
      return writeObject(shape, indent)
    case 'array':
      return writeArray(shape, indent)
    case 'union':
      return shape.members.map((member) => writeShape(member, indent)).join(' | ')
  }
}

/** Fields of an `interface`: in the order of their names, required or not. */
export function writeFields(fields: readonly Field[]): string {
  return fields.map((field) => writeField(field, INDENT)).join(',\n')
}

/** A description as line comments. An empty line of it stays empty, and is not indented. */
export function writeDescription(description: string, indent = ''): string {
  const lines = description.split('\n')
  return lines.map((line) => (line === '' ? '' : `${indent}// ${line}`)).join('\n')
}

function writeObject({ fields, others }: ObjectShape, indent: string): string {
  const inner = indent + INDENT
  const ordered = [...fields.filter((field) => !field.optional), ...fields.filter((field) => field.optional)]
  const lines = ordered.map((field) => writeField(field, inner))
  if (others !== undefined) lines.push(`${inner}[k: string]: ${writeShape(others, inner)}`)
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`
}

function writeField({ name, optional, default: preset, shape }: Field, indent: string): string {
  let comments = writeComments(shape, indent)
  if (preset !== undefined && preset !== null) comments += `${indent}// Default: ${writeDefault(preset)}\n`
  return `${comments}${indent}${name}${optional ? '?' : ''}: ${writeShape(shape, indent)}`
}

function writeArray({ item }: ArrayShape, indent: string): string {
  const inner = indent + INDENT
  const comments = writeComments(item, inner)
  if (comments === '') return `Array<${writeShape(item, indent)}>`
  return `Array<\n${comments}${inner}${writeShape(item, inner)}\n${indent}>`
}

function writeComments({ description, constraints }: Shape, indent: string): string {
  let comments = ''
  if (description !== '') comments += `${writeDescription(description, indent)}\n`
  if (constraints.length > 0) comments += `${indent}// ${constraints.join(', ')}\n`
  return comments
}

/** Numbers and booleans by Python's `repr`, so `True`; all else as JSON. */
function writeDefault(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? pythonText(value) : spacedJson(value)
}
