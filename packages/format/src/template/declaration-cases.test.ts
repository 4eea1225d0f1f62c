/** Recorded from the published encoder of the K2.5 tokenizer: parameters, and the lines between the braces of the namespace. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declareTools } from './declare-tools.ts'

interface DeclarationCase {
  readonly rule: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly lines: readonly string[]
}

/** Of a function named `f` without a description. */
const DECLARATIONS: readonly DeclarationCase[] = [
  {
    rule: 'required come first, each group by name',
    parameters: {
      type: 'object',
      properties: { b: { type: 'string' }, a: { type: 'string' }, d: { type: 'string' }, c: { type: 'string' } },
      required: ['d', 'b'],
    },
    lines: ['type f = (_: {', '  b: string,', '  d: string,', '  a?: string,', '  c?: string', '}) => any;'],
  },
  {
    rule: 'names are compared by code point, so U+E000 comes before an emoji, and 10 before 9',
    parameters: {
      type: 'object',
      properties: {
        '😀': { type: 'string' },
        '\ue000': { type: 'string' },
        '9': { type: 'string' },
        '10': { type: 'string' },
      },
    },
    lines: ['type f = (_: {', '  10?: string,', '  9?: string,', '  \ue000?: string,', '  😀?: string', '}) => any;'],
  },
  {
    rule: 'each scalar type by its name, integers as numbers',
    parameters: {
      type: 'object',
      properties: {
        s: { type: 'string' },
        n: { type: 'number' },
        i: { type: 'integer' },
        b: { type: 'boolean' },
        z: { type: 'null' },
      },
    },
    lines: [
      'type f = (_: {',
      '  b?: boolean,',
      '  i?: number,',
      '  n?: number,',
      '  s?: string,',
      '  z?: null',
      '}) => any;',
    ],
  },
  {
    rule: 'what may be anything is any, what may be nothing is null',
    parameters: {
      type: 'object',
      properties: { a: {}, t: true, f: false, l: { type: 'array' }, e: { type: 'array', items: {} } },
    },
    lines: [
      'type f = (_: {',
      '  a?: any,',
      '  e?: Array<any>,',
      '  f?: null,',
      '  l?: Array<any>,',
      '  t?: any',
      '}) => any;',
    ],
  },
  {
    rule: 'strings show their lengths and pattern, sorted, and no bounds of numbers',
    parameters: {
      type: 'object',
      properties: { a: { type: 'string', pattern: '^a\\d+$', minLength: 0, maxLength: 9, minimum: 1, format: 'date' } },
    },
    lines: ['type f = (_: {', '  // maxLength: 9, minLength: 0, pattern: ^a\\d+$', '  a?: string', '}) => any;'],
  },
  {
    rule: 'numbers show their bounds and no lengths',
    parameters: {
      type: 'object',
      properties: {
        a: { type: 'number', minimum: -0.5, maximum: 1e-5, maxLength: 3, multipleOf: 2 },
        b: { type: 'integer', minimum: 0 },
      },
    },
    lines: [
      'type f = (_: {',
      '  // maximum: 1e-05, minimum: -0.5',
      '  a?: number,',
      '  // minimum: 0',
      '  b?: number',
      '}) => any;',
    ],
  },
  {
    rule: 'small fractions are laid out as Python does',
    parameters: {
      type: 'object',
      properties: { a: { type: 'number', minimum: 1.5e-7, maximum: 0.0001 }, b: { type: 'number', minimum: -5e-324 } },
    },
    lines: [
      'type f = (_: {',
      '  // maximum: 0.0001, minimum: 1.5e-07',
      '  a?: number,',
      '  // minimum: -5e-324',
      '  b?: number',
      '}) => any;',
    ],
  },
  {
    rule: 'lists show how many items they have',
    parameters: {
      type: 'object',
      properties: { a: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } } },
    },
    lines: ['type f = (_: {', '  // maxItems: 2, minItems: 1', '  a?: Array<string>', '}) => any;'],
  },
  {
    rule: 'bounds of null are shown as None',
    parameters: { type: 'object', properties: { a: { type: 'string', minLength: null } } },
    lines: ['type f = (_: {', '  // minLength: None', '  a?: string', '}) => any;'],
  },
  {
    rule: 'items with comments stand on a line of their own',
    parameters: {
      type: 'object',
      properties: {
        a: { type: 'array', description: 'outer', items: { type: 'string', description: 'inner', minLength: 1 } },
      },
    },
    lines: [
      'type f = (_: {',
      '  // outer',
      '  a?: Array<',
      '    // inner',
      '    // minLength: 1',
      '    string',
      '  >',
      '}) => any;',
    ],
  },
  {
    rule: 'lists of lists with comments indent further',
    parameters: {
      type: 'object',
      properties: {
        a: { type: 'array', items: { type: 'array', minItems: 1, items: { type: 'integer', maximum: 3 } } },
      },
    },
    lines: [
      'type f = (_: {',
      '  a?: Array<',
      '    // minItems: 1',
      '    Array<',
      '      // maximum: 3',
      '      number',
      '    >',
      '  >',
      '}) => any;',
    ],
  },
  {
    rule: 'lists of objects',
    parameters: {
      type: 'object',
      properties: {
        a: {
          type: 'array',
          items: {
            type: 'object',
            properties: { x: { type: 'number', description: 'across' }, y: { type: 'number' } },
            required: ['x'],
          },
        },
      },
    },
    lines: [
      'type f = (_: {',
      '  a?: Array<{',
      '    // across',
      '    x: number,',
      '    y?: number',
      '  }>',
      '}) => any;',
    ],
  },
  {
    rule: 'lists of described objects',
    parameters: {
      type: 'object',
      properties: {
        a: { type: 'array', items: { description: 'a point', type: 'object', properties: { x: { type: 'number' } } } },
      },
    },
    lines: [
      'type f = (_: {',
      '  a?: Array<',
      '    // a point',
      '    {',
      '      x?: number',
      '    }',
      '  >',
      '}) => any;',
    ],
  },
  {
    rule: 'objects inside objects',
    parameters: {
      type: 'object',
      properties: {
        o: {
          description: 'outer',
          type: 'object',
          properties: { i: { type: 'object', properties: { x: { type: 'string' } }, required: ['x'] } },
        },
      },
      required: ['o'],
    },
    lines: ['type f = (_: {', '  // outer', '  o: {', '    i?: {', '      x: string', '    }', '  }', '}) => any;'],
  },
  {
    rule: 'an object without properties',
    parameters: { type: 'object', properties: { o: { type: 'object' }, p: { type: 'object', properties: {} } } },
    lines: ['type f = (_: {', '  o?: {},', '  p?: {}', '}) => any;'],
  },
  {
    rule: 'further properties: never, any, and of a type',
    parameters: {
      type: 'object',
      properties: {
        n: { type: 'object', properties: { x: { type: 'string' } }, additionalProperties: false },
        a: { type: 'object', additionalProperties: true },
        t: {
          type: 'object',
          additionalProperties: { type: 'array', description: 'unseen', items: { type: 'integer' } },
        },
        z: { type: 'object', additionalProperties: {} },
      },
    },
    lines: [
      'type f = (_: {',
      '  a?: {',
      '    [k: string]: any',
      '  },',
      '  n?: {',
      '    x?: string,',
      '    [k: string]: never',
      '  },',
      '  t?: {',
      '    [k: string]: Array<number>',
      '  },',
      '  z?: {',
      '    [k: string]: any',
      '  }',
      '}) => any;',
    ],
  },
  {
    rule: 'further properties of an object type are indented',
    parameters: {
      type: 'object',
      properties: {
        t: { type: 'object', additionalProperties: { type: 'object', properties: { x: { type: 'string' } } } },
      },
    },
    lines: ['type f = (_: {', '  t?: {', '    [k: string]: {', '      x?: string', '    }', '  }', '}) => any;'],
  },
  {
    rule: 'further properties of null say nothing',
    parameters: { type: 'object', properties: { t: { type: 'object', additionalProperties: null } } },
    lines: ['type f = (_: {', '  t?: {}', '}) => any;'],
  },
  {
    rule: 'further properties of the function itself',
    parameters: { type: 'object', properties: { x: { type: 'string' } }, additionalProperties: false },
    lines: ['type f = (_: {', '  x?: string,', '  [k: string]: never', '}) => any;'],
  },
  {
    rule: 'descriptions of several lines, an empty one among them',
    parameters: { type: 'object', properties: { a: { type: 'string', description: 'one\n\n two\n' } } },
    lines: ['type f = (_: {', '  // one', '', '  //  two', '', '  a?: string', '}) => any;'],
  },
  {
    rule: 'an empty description is none',
    parameters: { type: 'object', properties: { a: { type: 'string', description: '' } } },
    lines: ['type f = (_: {', '  a?: string', '}) => any;'],
  },
  {
    rule: 'titles say nothing',
    parameters: { type: 'object', properties: { a: { type: 'string', title: 'A' } } },
    lines: ['type f = (_: {', '  a?: string', '}) => any;'],
  },
  {
    rule: 'strings of an enum are quoted and not escaped',
    parameters: { type: 'object', properties: { a: { enum: ['x', 'say "hi"', 'a\nb'] } } },
    lines: ['type f = (_: {', '  a?: "x" | "say "hi"" | "a', 'b"', '}) => any;'],
  },
  {
    rule: 'enums of all kinds',
    parameters: {
      type: 'object',
      properties: {
        a: { type: 'integer', enum: [1, 2] },
        b: { type: 'number', enum: [0.5, 1] },
        c: { type: 'boolean', enum: [true, false] },
        d: { type: 'null', enum: [null] },
      },
    },
    lines: ['type f = (_: {', '  a?: 1 | 2,', '  b?: 0.5 | 1,', '  c?: True | False,', '  d?: None', '}) => any;'],
  },
  {
    rule: 'null in an enum is None',
    parameters: {
      type: 'object',
      properties: {
        a: { type: ['string', 'null'], enum: ['x', null] },
        b: { type: ['null', 'integer'], enum: [null, 3] },
        c: { type: ['string'], enum: ['y'] },
      },
    },
    lines: ['type f = (_: {', '  a?: "x" | None,', '  b?: None | 3,', '  c?: "y"', '}) => any;'],
  },
  {
    rule: 'an enum without a type',
    parameters: { type: 'object', properties: { a: { enum: ['x', 1, true, null] } } },
    lines: ['type f = (_: {', '  a?: "x" | 1 | True | None', '}) => any;'],
  },
  {
    rule: 'an enum of lists and objects is written as Python does',
    parameters: { type: 'object', properties: { a: { enum: [[1, "it's"], { b: null, a: '"\'\n\u200b😀' }] } } },
    lines: ['type f = (_: {', "  a?: [1, \"it's\"] | {'a': '\"\\'\\n\\u200b😀', 'b': None}", '}) => any;'],
  },
  {
    rule: 'an empty enum',
    parameters: { type: 'object', properties: { a: { type: 'string', enum: [] } } },
    lines: ['type f = (_: {', '  a?: ', '}) => any;'],
  },
  {
    rule: 'enums show no bounds',
    parameters: { type: 'object', properties: { a: { type: 'string', enum: ['x'], minLength: 1 } } },
    lines: ['type f = (_: {', '  a?: "x"', '}) => any;'],
  },
  {
    rule: 'several types are a union',
    parameters: {
      type: 'object',
      properties: {
        a: { type: ['string', 'null'] },
        b: { type: ['integer', 'number', 'boolean', 'object', 'array'] },
        c: { type: ['string'] },
      },
    },
    lines: [
      'type f = (_: {',
      '  a?: string | null,',
      '  b?: number | number | boolean | {} | Array<any>,',
      '  c?: string',
      '}) => any;',
    ],
  },
  {
    rule: 'anyOf is a union, and comments of its members are not shown',
    parameters: {
      type: 'object',
      properties: {
        a: {
          description: 'either',
          anyOf: [{ type: 'string', description: 'unseen', minLength: 1 }, { type: 'null' }],
        },
      },
    },
    lines: ['type f = (_: {', '  // either', '  a?: string | null', '}) => any;'],
  },
  {
    rule: 'anyOf with an object and a list',
    parameters: {
      type: 'object',
      properties: {
        a: {
          anyOf: [
            { type: 'object', properties: { x: { type: 'string' } }, required: ['x'] },
            { type: 'array', items: { type: 'integer', minimum: 1 } },
          ],
        },
      },
    },
    lines: [
      'type f = (_: {',
      '  a?: {',
      '    x: string',
      '  } | Array<',
      '    // minimum: 1',
      '    number',
      '  >',
      '}) => any;',
    ],
  },
  {
    rule: 'anyOf inside a list',
    parameters: {
      type: 'object',
      properties: { a: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'integer' }] } } },
    },
    lines: ['type f = (_: {', '  a?: Array<string | number>', '}) => any;'],
  },
  {
    rule: 'anyOf wins over enum, and enum over type',
    parameters: {
      type: 'object',
      properties: { a: { anyOf: [{ type: 'string' }], enum: ['x'], type: 'null' }, b: { enum: [1], type: 'integer' } },
    },
    lines: ['type f = (_: {', '  a?: string,', '  b?: 1', '}) => any;'],
  },
  {
    rule: 'defaults: strings and lists as JSON, numbers and booleans as Python',
    parameters: {
      type: 'object',
      properties: {
        a: { type: 'string', default: 'say "hi"é' },
        b: { type: 'boolean', default: true },
        c: { type: 'integer', default: 0 },
        d: { type: 'number', default: 1e-5 },
        e: { type: 'array', default: ['x', 1, true, null, { b: 1, a: {} }] },
        f: { type: 'object', default: {} },
        g: { type: 'string', default: '' },
      },
    },
    lines: [
      'type f = (_: {',
      '  // Default: "say \\"hi\\"é"',
      '  a?: string,',
      '  // Default: True',
      '  b?: boolean,',
      '  // Default: 0',
      '  c?: number,',
      '  // Default: 1e-05',
      '  d?: number,',
      '  // Default: ["x", 1, true, null, {"a": {}, "b": 1}]',
      '  e?: Array<any>,',
      '  // Default: {}',
      '  f?: {},',
      '  // Default: ""',
      '  g?: string',
      '}) => any;',
    ],
  },
  {
    rule: 'a default of null is none',
    parameters: { type: 'object', properties: { a: { type: ['string', 'null'], default: null } } },
    lines: ['type f = (_: {', '  a?: string | null', '}) => any;'],
  },
  {
    rule: 'a default comes after description and bounds, on a reference too',
    parameters: {
      type: 'object',
      properties: {
        a: { type: 'string', description: 'D', minLength: 1, default: 'x' },
        r: { $ref: '#/$defs/T', description: 'R', default: 'y' },
      },
      $defs: { T: { type: 'string' } },
    },
    lines: [
      'interface T string',
      'type f = (_: {',
      '  // D',
      '  // minLength: 1',
      '  // Default: "x"',
      '  a?: string,',
      '  // R',
      '  // Default: "y"',
      '  r?: T',
      '}) => any;',
    ],
  },
  {
    rule: 'definitions are interfaces, by name, with their descriptions and without bounds',
    parameters: {
      type: 'object',
      properties: { p: { $ref: '#/$defs/Point' } },
      $defs: {
        Point: {
          description: 'A point.\n\nOf two.',
          type: 'object',
          properties: { x: { type: 'number' }, next: { $ref: '#/$defs/Point' } },
          required: ['x'],
        },
        Name: { type: 'string', minLength: 1 },
        List: { type: 'array', items: { $ref: '#/$defs/Name' } },
      },
    },
    lines: [
      'interface List Array<Name>',
      'interface Name string',
      '// A point.',
      '',
      '// Of two.',
      'interface Point {',
      '  x: number,',
      '  next?: Point',
      '}',
      'type f = (_: {',
      '  p?: Point',
      '}) => any;',
    ],
  },
  {
    rule: 'definitions nobody refers to are declared all the same',
    parameters: { type: 'object', properties: {}, $defs: { T: { enum: ['a'] } } },
    lines: ['interface T "a"', 'type f = (_: {}) => any;'],
  },
  {
    rule: 'a reference goes by the last part of its path',
    parameters: { type: 'object', properties: { a: { $ref: '#/$defs/x/T' } }, $defs: { T: { type: 'string' } } },
    lines: ['interface T string', 'type f = (_: {', '  a?: T', '}) => any;'],
  },
  {
    rule: 'a reference to the root makes it an interface, whose properties stand by name alone',
    parameters: {
      type: 'object',
      properties: { z: { type: 'string' }, kids: { type: 'array', items: { $ref: '#' } } },
      required: ['z'],
      additionalProperties: false,
    },
    lines: [
      'interface parameters {',
      '  kids?: Array<parameters>,',
      '  z: string',
      '}',
      'type f = (_: parameters) => any;',
    ],
  },
  {
    rule: 'a reference to the root beside definitions',
    parameters: {
      type: 'object',
      properties: { self: { $ref: '#' }, t: { $ref: '#/$defs/T' } },
      $defs: { T: { type: 'string' } },
    },
    lines: [
      'interface parameters {',
      '  self?: parameters,',
      '  t?: T',
      '}',
      'interface T string',
      'type f = (_: parameters) => any;',
    ],
  },
  {
    rule: 'a reference to the root from a definition comes too late for that',
    parameters: {
      type: 'object',
      properties: { t: { $ref: '#/$defs/T' } },
      $defs: { T: { type: 'object', properties: { up: { $ref: '#' } } } },
    },
    lines: ['interface T {', '  up?: parameters', '}', 'type f = (_: {', '  t?: T', '}) => any;'],
  },
  {
    rule: 'a root reference from further properties alone',
    parameters: { type: 'object', additionalProperties: { $ref: '#' } },
    lines: ['interface parameters {}', 'type f = (_: parameters) => any;'],
  },
  {
    rule: 'definitions of a nested object are declared after those of the root',
    parameters: {
      type: 'object',
      properties: { o: { type: 'object', properties: { t: { $ref: '#/$defs/In' } }, $defs: { In: { type: 'null' } } } },
      $defs: { Out: { type: 'string' } },
    },
    lines: [
      'interface Out string',
      'interface In null',
      'type f = (_: {',
      '  o?: {',
      '    t?: In',
      '  }',
      '}) => any;',
    ],
  },
  {
    rule: 'definitions within definitions are not declared, but can be referred to',
    parameters: {
      type: 'object',
      properties: {},
      $defs: { A: { type: 'object', properties: { b: { $ref: '#/$defs/B' } }, $defs: { B: { type: 'string' } } } },
    },
    lines: ['interface A {', '  b?: B', '}', 'type f = (_: {}) => any;'],
  },
  {
    rule: 'a type of no schema is written as it is',
    parameters: { type: 'object', properties: { a: { type: 'file' } } },
    lines: ['type f = (_: {', '  a?: file', '}) => any;'],
  },
  {
    rule: 'the root counts as an object, whatever its type',
    parameters: { type: 'string', anyOf: [], description: 'unseen' },
    lines: ['type f = (_: {}) => any;'],
  },
  {
    rule: 'a property named like an inherited one',
    parameters: {
      type: 'object',
      properties: { constructor: { type: 'string' }, toString: { type: 'constructor' } },
      required: ['constructor'],
    },
    lines: ['type f = (_: {', '  constructor: string,', '  toString?: constructor', '}) => any;'],
  },
  { rule: 'no parameters at all', parameters: {}, lines: ['type f = (_: {}) => any;'] },
]

/** What the original raises on, so that the whole declaration is JSON. */
const UNSUPPORTED: readonly Omit<DeclarationCase, 'lines'>[] = [
  { rule: 'a property with no type', parameters: { type: 'object', properties: { a: { description: 'anything' } } } },
  { rule: 'a property that is no schema', parameters: { type: 'object', properties: { a: 'string' } } },
  { rule: 'a reference to nowhere', parameters: { type: 'object', properties: { a: { $ref: '#/$defs/T' } } } },
  {
    rule: 'a reference out of the schema',
    parameters: { type: 'object', properties: { a: { $ref: 'https://example.com/T' } } },
  },
  {
    rule: 'a reference before the nested definition it names',
    parameters: {
      type: 'object',
      properties: { a: { $ref: '#/$defs/T' }, b: { type: 'object', $defs: { T: { type: 'string' } } } },
    },
  },
  { rule: 'a boolean as a definition', parameters: { type: 'object', properties: {}, $defs: { T: true } } },
  {
    rule: 'an unknown type in a list of types',
    parameters: { type: 'object', properties: { a: { type: ['string', 'file'] } } },
  },
  {
    rule: 'an enum whose values are not of its type',
    parameters: { type: 'object', properties: { a: { type: 'integer', enum: [1.5] } } },
  },
  {
    rule: 'an enum of three types',
    parameters: { type: 'object', properties: { a: { type: ['string', 'integer', 'null'], enum: ['x'] } } },
  },
  {
    rule: 'an enum of two types without null',
    parameters: { type: 'object', properties: { a: { type: ['string', 'integer'], enum: ['x'] } } },
  },
  { rule: 'oneOf alone', parameters: { type: 'object', properties: { a: { oneOf: [{ type: 'string' }] } } } },
  {
    rule: 'further properties that are no schema',
    parameters: { type: 'object', properties: { a: { type: 'object', additionalProperties: 'string' } } },
  },
  {
    rule: 'required that is no list',
    parameters: { type: 'object', properties: { a: { type: 'string' } }, required: null },
  },
]

describe('the declaration of a function', () => {
  for (const { rule, parameters, lines } of DECLARATIONS) {
    it(`follows the original: ${rule}`, () => {
      const expected = `# Tools\n\n## functions\nnamespace functions {\n${lines.join('\n')}\n}\n`
      assert.equal(declareTools([{ type: 'function', name: 'f', parameters }]), expected)
    })
  }

  for (const { rule, parameters } of UNSUPPORTED) {
    it(`falls back to JSON with the original: ${rule}`, () => {
      const empty = { type: 'object', properties: {} }
      const tools = [empty, parameters].map((each) => ({ type: 'function' as const, name: 'f', parameters: each }))
      assert.deepEqual(
        JSON.parse(declareTools(tools)),
        [empty, parameters].map((each) => ({ type: 'function', function: { name: 'f', parameters: each } })),
      )
    })
  }
})
