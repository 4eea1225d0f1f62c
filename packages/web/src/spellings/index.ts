/** The spellings of a request, in the order of their tabs. A new one is a file of this folder and a line here. */

import { anthropic } from './anthropic/index.ts'
import { curl } from './curl.ts'
import { moonbaseSdk } from './moonbase-sdk.ts'
import { oxen } from './oxen.ts'
import { python } from './python.ts'
import type { Spelling } from './spelling.ts'
import { typescript } from './typescript.ts'
import { workersAi } from './workers-ai.ts'

export const SPELLINGS: readonly Spelling[] = [curl, python, typescript, moonbaseSdk, workersAi, oxen, anthropic]

export {
  KEY_VARIABLE,
  type Spelled,
  type Spelling,
  SpellingError,
  type SpellingNote,
  type SpellingOptions,
  type TestedWith,
  type Words,
} from './spelling.ts'
