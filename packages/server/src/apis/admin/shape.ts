/** What a field of a body or a query may be: its JSON Schema, and how what has passed it is read into our own terms. */

export interface JsonSchema {
  readonly [keyword: string]: unknown
}

export interface Shape<Value> {
  readonly schema: JsonSchema
  /** To be asked only about what the schema has let pass. */
  read(json: unknown): Value
}

export interface OptionalShape<Value> extends Shape<Value> {
  readonly optional: true
}

export type Fields = Readonly<Record<string, Shape<unknown>>>

/** `expires_at` of the wire is `expiresAt` here. */
type CamelCase<Name> = Name extends `${infer First}_${infer Rest}` ? `${First}${Capitalize<CamelCase<Rest>>}` : Name

type ValueOf<Field> = Field extends Shape<infer Value> ? Value : never

export type ReadFields<Named extends Fields> = {
  readonly [Name in keyof Named as Named[Name] extends OptionalShape<unknown> ? never : CamelCase<Name>]: ValueOf<
    Named[Name]
  >
} & {
  readonly [Name in keyof Named as Named[Name] extends OptionalShape<unknown> ? CamelCase<Name> : never]?: ValueOf<
    Named[Name]
  >
}

/** An object of these fields and no others. */
export function record<Named extends Fields>(fields: Named): Shape<ReadFields<Named>> {
  const required = Object.keys(fields).filter((name) => !isOptional(fields[name]))
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])),
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    },
    read(json) {
      const values = new Map(Object.entries(Object(json)))
      const read: Record<string, unknown> = {}
      for (const [name, field] of Object.entries(fields)) {
        if (values.has(name)) read[camelCase(name)] = field.read(values.get(name))
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each field was read by the shape that gives its type
      return read as ReadFields<Named>
    },
  }
}

export function optional<Value>(shape: Shape<Value>): OptionalShape<Value> {
  return { ...shape, optional: true }
}

export function nullable<Value>(shape: Shape<Value>): Shape<Value | null> {
  const { type, enum: choices } = shape.schema
  return {
    schema: {
      ...shape.schema,
      type: [type, 'null'].flat(),
      ...(Array.isArray(choices) ? { enum: [...choices, null] } : {}),
    },
    read: (json) => (json === null ? null : shape.read(json)),
  }
}

export function described<Value>(shape: Shape<Value>, description: string): Shape<Value> {
  return { ...shape, schema: { ...shape.schema, description } }
}

export function text(keywords: JsonSchema = {}): Shape<string> {
  return { schema: { type: 'string', ...keywords }, read: String }
}

export function wholeNumber(minimum: number, maximum: number, keywords: JsonSchema = {}): Shape<number> {
  return { schema: { type: 'integer', minimum, maximum, ...keywords }, read: Number }
}

export function choice<const Choice extends string>(
  choices: readonly Choice[],
  keywords: JsonSchema = {},
): Shape<Choice> {
  return {
    schema: { type: 'string', enum: [...choices], ...keywords },
    read(json) {
      const found = choices.find((one) => one === json)
      if (found === undefined) throw new Error('a choice was read that the schema had not let pass')
      return found
    },
  }
}

export function list<Item>(item: Shape<Item>, maxItems: number, keywords: JsonSchema = {}): Shape<readonly Item[]> {
  return {
    schema: { type: 'array', items: item.schema, maxItems, uniqueItems: true, ...keywords },
    read: (json) => (Array.isArray(json) ? json.map((one) => item.read(one)) : []),
  }
}

function isOptional(shape: Shape<unknown> | undefined): boolean {
  return shape !== undefined && 'optional' in shape
}

function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
