/** Mistakes in cassettes: of one line, and of a whole file. */

/** What is wrong with a line, as the end of a sentence that begins with its number. Quotes nothing of what was said. */
export class LineError extends Error {
  override readonly name = 'LineError'
}

export class CassetteError extends Error {
  override readonly name = 'CassetteError'
  /** One line for each mistake, each beginning with the file and the number of the line. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
