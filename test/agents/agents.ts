/** All coding agents that are driven, in the order of the report. */

import type { Agent } from './agent.ts'
import { claudeCode } from './drivers/claude-code.ts'
import { cline } from './drivers/cline.ts'
import { codex } from './drivers/codex.ts'
import { continueCli } from './drivers/continue.ts'
import { kimiCode } from './drivers/kimi-code.ts'
import { opencode } from './drivers/opencode.ts'
import { pi } from './drivers/pi.ts'
import { qwenCode } from './drivers/qwen-code.ts'

export const AGENTS: readonly Agent[] = [claudeCode, codex, opencode, kimiCode, qwenCode, pi, cline, continueCli]
