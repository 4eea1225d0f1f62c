/** What a driver tells of its agent: what it is, how it is pointed here, which tools it has, and how it is started. */

/** Where one run of an agent stands. */
export interface Ground {
  /** The address of the server, without a path. */
  readonly url: string
  readonly key: string
  /** Empty but for the agent's settings. */
  readonly home: string
  /** Where it works: a git repository with the file of the task. */
  readonly work: string
}

export interface ToolCall {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
}

/** The three calls that do the task, by the agent's own tools. */
export interface TaskCalls {
  readonly read: ToolCall
  readonly edit: ToolCall
  readonly run: ToolCall
}

/** A program and its words. */
export type Command = readonly [program: string, ...words: string[]]

export interface Agent {
  /** As it is called on the command line of `npm run agents`. */
  readonly id: string
  readonly name: string
  /** Its npm package, whose version stands in the report. */
  readonly package: string
  /** The file that is started, from the folder of the packages; and more that it needs at run time. */
  readonly files: readonly string[]
  readonly wire: 'chat completions' | 'Messages' | 'Responses'
  /** Switches that its key needs; without it the key is strict. */
  readonly lenient?: readonly string[]
  /** Of each of its commands. */
  readonly limitS: number
  /** `work`: the folder that it works in. */
  calls(work: string): TaskCalls
  /** `match` of a scenario that fits the request in which it has its conversation summed up. */
  readonly compaction?: Readonly<Record<string, unknown>>
  /** Where it fails by itself, by the id of the trouble, and why: the run fails once it does so no longer. */
  readonly known?: Readonly<Record<string, string>>
  /** Its settings: texts by the paths of their files below its home. */
  settings?(ground: Ground): Readonly<Record<string, string>>
  environment(ground: Ground): Readonly<Record<string, string>>
  /** One after the other; the last one does the task. */
  commands(ground: Ground, prompt: string): readonly Command[]
}
