/** The one error of a start that its operator can mend: shown as plain lines, without a stack. */

export class StartError extends Error {
  override readonly name = 'StartError'
  /** What to show, one mistake a line. Never holds a secret. */
  readonly lines: readonly string[]

  constructor(lines: string | readonly string[], cause?: unknown) {
    const all = typeof lines === 'string' ? [lines] : lines
    super(all.join('\n'), cause === undefined ? undefined : { cause })
    this.lines = all
  }
}
