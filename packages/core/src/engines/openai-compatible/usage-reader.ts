/**
 * The tokens that an upstream reports, from every place where one reports them: on a chunk of its own, on the chunk that
 * finishes, or on the choice itself (`choices[0].usage`, Moonshot's own place).
 */

import type { ReportedUsage } from '../../generation/index.ts'
import { fieldOf } from './json-object.ts'

/** Tokens as one report gave them; what it did not say is absent. */
interface Report {
  readonly prompt: number
  readonly completion: number
  readonly cached?: number
  readonly reasoning?: number
}

export class UsageReader {
  /** The latest report on a chunk itself. Engines that report all the way (vLLM's continuous stats) count upwards. */
  #whole: Report | undefined
  /** The latest report on each choice. */
  readonly #ofChoice: (Report | undefined)[] = []
  /** What timings said was cached; for reports that say nothing about it. */
  #cached = 0

  seeChunk(usage: unknown): void {
    this.#whole = merged(this.#whole, readReport(usage))
  }

  /** llama-server says beside its usage, and in older versions only there, how much of the prompt it had already. */
  seeTimings(timings: unknown): void {
    this.#cached = tokens(fieldOf(timings, 'cache_n')) ?? this.#cached
  }

  seeChoice(choice: number, usage: unknown): void {
    const report = merged(this.#ofChoice[choice], readReport(usage))
    if (report !== undefined) this.#ofChoice[choice] = report
  }

  /** `undefined` when nothing readable was said: whoever meters then counts for itself. */
  usage(): ReportedUsage | undefined {
    const choices = this.#sumOfChoices()
    // Both places at once say the same. A report that only opened the stream, with no completion yet, must not win.
    const whole = this.#whole
    const [main, other] = (whole?.completion ?? -1) >= (choices?.completion ?? -1) ? [whole, choices] : [choices, whole]
    if (main === undefined) return undefined
    const { prompt, completion } = main
    const reasoning = main.reasoning ?? other?.reasoning
    return {
      prompt,
      completion,
      // No hit that is known of: vLLM and SGLang leave the place empty too where nothing was cached.
      cached: Math.min(main.cached ?? other?.cached ?? this.#cached, prompt),
      ...(reasoning === undefined ? {} : { reasoning: Math.min(reasoning, completion) }),
    }
  }

  /** Choices share the prompt and add up in completion. */
  #sumOfChoices(): Report | undefined {
    let sum: Report | undefined
    for (const report of this.#ofChoice) {
      if (report !== undefined) sum = sum === undefined ? report : added(sum, report)
    }
    return sum
  }
}

function added(one: Report, other: Report): Report {
  const { cached = other.cached, reasoning = other.reasoning } = one
  return {
    prompt: Math.max(one.prompt, other.prompt),
    completion: one.completion + other.completion,
    ...(cached === undefined ? {} : { cached: Math.max(cached, other.cached ?? 0) }),
    ...(reasoning === undefined ? {} : { reasoning: (one.reasoning ?? 0) + (other.reasoning ?? 0) }),
  }
}

/** The later report, with the details that only the earlier one gave. */
function merged(earlier: Report | undefined, later: Report | undefined): Report | undefined {
  return earlier === undefined || later === undefined ? (later ?? earlier) : { ...earlier, ...later }
}

/** The words of OpenAI, of Moonshot (`cached_tokens` without details) and of SGLang (`reasoning_tokens` likewise). */
function readReport(usage: unknown): Report | undefined {
  const prompt = tokens(fieldOf(usage, 'prompt_tokens'))
  const completion = tokens(fieldOf(usage, 'completion_tokens'))
  // Hosts that do not count send zeros; a prompt of no tokens does not exist.
  if (prompt === undefined || prompt === 0 || completion === undefined) return undefined
  const cached =
    tokens(fieldOf(fieldOf(usage, 'prompt_tokens_details'), 'cached_tokens')) ?? tokens(fieldOf(usage, 'cached_tokens'))
  const reasoning =
    tokens(fieldOf(fieldOf(usage, 'completion_tokens_details'), 'reasoning_tokens')) ??
    tokens(fieldOf(usage, 'reasoning_tokens'))
  return {
    prompt,
    completion,
    ...(cached === undefined ? {} : { cached }),
    // Servers without a reasoning parser (SGLang as KTransformers starts it) say 0 of a thought that they did not see, and
    // a thought that nobody had counts 0 without their saying so.
    ...(reasoning === undefined || reasoning === 0 ? {} : { reasoning }),
  }
}

/** Whatever is more is no count of tokens, and would break sums of counts. */
const MOST_TOKENS = 2 ** 40

function tokens(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS ? value : undefined
}
