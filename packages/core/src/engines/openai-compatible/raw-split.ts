/** The text of a raw completion, read into thought, text and calls by the parser of the model's own format. */

import { type PromptTool, RawOutputParser, type RawPlace, type RepairKind } from '@moonbase/format'
import { type EventStage, type GenerationEvent, withinRawLimits } from '../../generation/index.ts'

interface RawSplitOptions {
  /** For errors. */
  readonly engine: string
  /** Where the answer goes on. */
  readonly place: RawPlace
  readonly tools: readonly PromptTool[]
  readonly mayCall: boolean
  readonly onRepair: ((kind: RepairKind) => void) | undefined
}

export class RawSplit implements EventStage {
  readonly #options: RawSplitOptions
  readonly #parsers: RawOutputParser[] = []

  constructor(options: RawSplitOptions) {
    this.#options = options
  }

  push(event: GenerationEvent, out: GenerationEvent[]): void {
    if (event.type === 'text') {
      const { choice, text } = event
      this.#read(choice, () => this.#parser(choice).push(text), out)
    } else if (event.type === 'finish') {
      const { choice, reason } = event
      const parser = this.#parser(choice)
      const cut = reason === 'length' || reason === 'content_filter'
      this.#read(choice, () => parser.end(cut), out)
      out.push({ ...event, reason: cut ? reason : parser.finish })
    } else out.push(event)
  }

  #parser(choice: number): RawOutputParser {
    const { place, tools, mayCall, onRepair } = this.#options
    return (this.#parsers[choice] ??= new RawOutputParser({
      start: place,
      tools,
      mayCall,
      ...(onRepair === undefined ? {} : { onRepair }),
    }))
  }

  #read(choice: number, step: () => ReturnType<RawOutputParser['push']>, out: GenerationEvent[]): void {
    for (const { type, ...said } of withinRawLimits(this.#options.engine, step)) {
      if ('call' in said) {
        const { rawId: _, ...call } = said
        out.push({ type: 'tool-call', choice, ...call })
      } else if (type !== 'tool-call') out.push({ type, choice, text: said.text })
    }
  }
}
