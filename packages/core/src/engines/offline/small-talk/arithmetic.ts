/** Sums: finds the arithmetic in a message and works it out exactly. */

/** An exact fraction; `denominator` is positive. */
interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

export interface Sum {
  /** The expression as it was understood. */
  readonly expression: string
  /** `undefined` for a division by zero. */
  readonly result: string | undefined
}

const MAXIMUM_CHARACTERS = 300
const MAXIMUM_DEPTH = 50
/** Digits of a number in a result that are still shown. */
const MAXIMUM_DIGITS = 400
/** Digits behind the point of a result that does not end. */
const SHOWN_DECIMALS = 10

/** `undefined` when the message asks for no sum. */
export function answerSum(text: string): Sum | undefined {
  const expression = expressionIn(text)
  if (expression === undefined || !(asksForSum(text) || isNothingElse(text, expression))) return undefined
  const result = evaluate(expression)
  return result === undefined ? undefined : { expression, result: result === 'undefined' ? undefined : result }
}

/** The longest run of the text that reads as arithmetic with at least one operation, words turned into signs. */
export function expressionIn(text: string): string | undefined {
  const signs = withSigns(text.slice(0, 4000))
  let longest: string | undefined
  for (const match of signs.matchAll(/[-\d(][\d.,()+*/%×÷−\s-]*/g)) {
    const expression = trimmed(match[0])
    // "10-12 people", "24/7 support": without spaces and before a noun it is a range or a name.
    const isJoined = expression !== undefined && !/\s/.test(expression) && /[^,.]\s+$/.test(match[0])
    if (isJoined && NOUN.test(signs.slice(match.index + match[0].length))) continue
    if (expression === undefined || (longest !== undefined && expression.length <= longest.length)) continue
    longest = expression
  }
  return longest
}

const NOUN = /^(?!(?:is|in|as|equals?|please|and|or|using|with)\b)\p{L}/iu

/** Cuts what is no arithmetic off the end of a run, and refuses what only looks like it: dates, ranges, lists. */
function trimmed(run: string): string | undefined {
  const cleaned = run
    .replace(/,(?=\d{3}(?!\d))/g, '')
    .replace(/[\s,.+*/×÷−-]+$/, '')
    .trim()
  if (cleaned.length > MAXIMUM_CHARACTERS || cleaned.includes(',')) return undefined
  if (/^\d{4}[-/]\d{1,2}[-/]\d{1,2}/.test(cleaned) || /^\d{1,3}-\d{3,4}-\d{4}$/.test(cleaned)) return undefined
  return /[\d)%]\s*[-+*/×÷−]\s*[-(\d]/.test(cleaned) && evaluate(cleaned) !== undefined ? cleaned : undefined
}

function withSigns(text: string): string {
  return (
    text
      .replace(NUMBER_WORD, (word) => String(NUMBER_WORDS.indexOf(word.toLowerCase())))
      .replace(/(\d)\s*(?:percent\b|%)\s+of\s+(?=[\d(])/gi, '$1% * ')
      .replace(/(?<=[\d)%])\s+plus\s+(?=[-(\d])/gi, ' + ')
      .replace(/(?<=[\d)%])\s+minus\s+(?=[-(\d])/gi, ' - ')
      .replace(/(?<=[\d)%])\s*(?:times|multiplied by|x)\s*(?=[-(\d])/gi, ' * ')
      .replace(/(?<=[\d)%])\s+(?:divided by|over)\s+(?=[-(\d])/gi, ' / ')
      .replace(/\b(?:sum|add|adding) (?:of )?(-?[\d.]+) (?:and|to) (-?[\d.]+)/gi, '$1 + $2')
      .replace(/\bmultiply(?:ing)? (-?[\d.]+) (?:by|and|with) (-?[\d.]+)/gi, '$1 * $2')
      .replace(/\bdivid(?:e|ing) (-?[\d.]+) by (-?[\d.]+)/gi, '$1 / $2')
      .replace(/\bsubtract(?:ing)? (-?[\d.]+) from (-?[\d.]+)/gi, '$2 - $1')
      // A power, an equation or a name with a sign in it is not understood, and half of it would be answered wrongly.
      .replace(/\d[\d.]*\s*(?:\^|\*\*|!)[\s\d.]*|[\p{L}_][\w-]*\d[\w-]*/gu, ' ; ')
  )
}

const NUMBER_WORDS = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen twenty'
).split(' ')
const NUMBER_WORD = new RegExp(`\\b(?:${NUMBER_WORDS.join('|')})\\b`, 'gi')

function asksForSum(text: string): boolean {
  return /\b(?:what(?:['’]s| is| are)?|how much|calculate|compute|evaluate|work out|solve|add|sum|multiply|divide|subtract|result|equals?|math)\b|=|多少|计算|等于/i.test(
    text,
  )
}

function isNothingElse(text: string, expression: string): boolean {
  return withSigns(text).replace(/[\s=?.!]+/g, '').length <= expression.replace(/\s+/g, '').length + 1
}

/** The value as a decimal, `'undefined'` for a division by zero, or `undefined` for what is no expression. */
function evaluate(expression: string): string | undefined {
  const parser = new ExpressionParser(expression)
  const value = parser.sum(0)
  if (value === undefined || !parser.done) return undefined
  return value.denominator === 0n ? 'undefined' : decimal(value)
}

/** Recursive descent over `+ - * / %` and parentheses. Every method gives `undefined` for a mistake. */
class ExpressionParser {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(expression: string) {
    this.#tokens = expression.match(/\d+(?:\.\d+)?|[-+*/×÷−()%]|\S/g) ?? []
  }

  get done(): boolean {
    return this.#at === this.#tokens.length
  }

  sum(depth: number): Fraction | undefined {
    let total = this.#product(depth)
    for (
      let sign = this.#take('+', '-', '−');
      sign !== undefined && total !== undefined;
      sign = this.#take('+', '-', '−')
    ) {
      const next = this.#product(depth)
      total = next === undefined ? undefined : add(total, sign === '+' ? next : negative(next))
    }
    return total
  }

  #product(depth: number): Fraction | undefined {
    let total = this.#factor(depth)
    for (
      let sign = this.#take('*', '×', '/', '÷');
      sign !== undefined && total !== undefined;
      sign = this.#take('*', '×', '/', '÷')
    ) {
      const next = this.#factor(depth)
      total = next === undefined ? undefined : multiply(total, sign === '*' || sign === '×' ? next : inverse(next))
    }
    return total
  }

  #factor(depth: number): Fraction | undefined {
    if (depth > MAXIMUM_DEPTH) return undefined
    if (this.#take('-', '−') !== undefined) {
      const value = this.#factor(depth + 1)
      return value === undefined ? undefined : negative(value)
    }
    let value: Fraction | undefined
    if (this.#take('(') !== undefined) {
      value = this.sum(depth + 1)
      if (this.#take(')') === undefined) return undefined
    } else value = numberFrom(this.#tokens[this.#at++])
    if (value !== undefined && this.#take('%') !== undefined)
      return multiply(value, { numerator: 1n, denominator: 100n })
    return value
  }

  #take(...signs: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at]
    if (token === undefined || !signs.includes(token)) return undefined
    this.#at += 1
    return token
  }
}

function numberFrom(token: string | undefined): Fraction | undefined {
  if (token === undefined || !/^\d/.test(token)) return undefined
  const [whole = '0', decimals = ''] = token.split('.')
  return { numerator: BigInt(whole + decimals), denominator: 10n ** BigInt(decimals.length) }
}

// A denominator of zero stays one through every operation, so a division by zero is seen at the end.

function add(one: Fraction, other: Fraction): Fraction {
  return {
    numerator: one.numerator * other.denominator + other.numerator * one.denominator,
    denominator: one.denominator * other.denominator,
  }
}

function multiply(one: Fraction, other: Fraction): Fraction {
  return { numerator: one.numerator * other.numerator, denominator: one.denominator * other.denominator }
}

function negative(value: Fraction): Fraction {
  return { numerator: -value.numerator, denominator: value.denominator }
}

function inverse(value: Fraction): Fraction {
  if (value.denominator === 0n) return value
  return value.numerator < 0n
    ? { numerator: -value.denominator, denominator: -value.numerator }
    : { numerator: value.denominator, denominator: value.numerator }
}

/** Exact where the decimals end soon, else rounded. */
function decimal({ numerator, denominator }: Fraction): string | undefined {
  const sign = numerator < 0n ? '-' : ''
  const size = numerator < 0n ? -numerator : numerator
  const scale = 10n ** BigInt(SHOWN_DECIMALS)
  // Half up, away from zero.
  const scaled = (size * scale * 2n + denominator) / (denominator * 2n)
  const whole = String(scaled / scale)
  if (whole.length > MAXIMUM_DIGITS) return undefined
  const decimals = String(scaled % scale)
    .padStart(SHOWN_DECIMALS, '0')
    .replace(/0+$/, '')
  const isExact = (size * scale) % denominator === 0n
  const shown = decimals === '' ? whole : `${whole}.${decimals}`
  return `${isExact ? '' : 'about '}${shown === '0' ? '' : sign}${shown}`
}
