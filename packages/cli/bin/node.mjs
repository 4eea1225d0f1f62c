/** The project's Node for npm scripts: `node packages/cli/bin/node.mjs …` is `node …` on a Node that runs TypeScript. */

import { runWithOwnNode } from './own-node.mjs'

runWithOwnNode(process.argv.slice(2))
