/** The command line: `moonbase serve`, `record`, `open`, `config`, `tokenizer`, and the operator's. Each command loads what it needs when it runs. */

import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { toldPlainly } from './admin-command.ts'
import { addAdminCommands } from './admin-commands.ts'
import type { ConnectionFlags } from './admin-connection.ts'
import { checkConfigFile, printSchema } from './config-command.ts'
import { ENVIRONMENT_HELP } from './environment-help.ts'
import { openCommand } from './open-command.ts'
import { type RecordFlags, recordCommand } from './record-command.ts'
import { reportError } from './report-error.ts'
import { type ServeFlags, serveCommand } from './serve-command.ts'
import { type StoreFlags, acceptStore } from './store-command.ts'
import { type Terminal, processTerminal } from './terminal.ts'
import {
  type CountFlags,
  type PlaceFlags,
  type PullFlags,
  countTokens,
  pullTokenizer,
  tokenizerStatus,
} from './tokenizer-command.ts'

/** Runs one command line, without the names of Node and the program, and leaves its exit code in the process. */
export async function main(words: readonly string[], terminal: Terminal = processTerminal()): Promise<void> {
  try {
    await program(terminal).parseAsync(words, { from: 'user' })
  } catch (error) {
    // Commander has said what was wrong, or printed the help or version that was asked for.
    if (error instanceof CommanderError) terminal.exitCode(error.exitCode)
    else terminal.exitCode(await reportError(error, terminal))
  }
}

function program(terminal: Terminal): Command {
  const moonbase = new Command('moonbase')
    .description('The Kimi K2.5 API, on ground you own.')
    .version(version(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    // What stands behind a command is for it: `requests --org` and `requests forget --org` are not the same.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: terminal.writeOut, writeErr: terminal.writeErr })

  const server = (name: string): Command => addServerOptions(moonbase.command(name))
  server('serve')
    .description('start the server')
    .action((flags: ServeFlags) => serveCommand(flags, terminal))
  server('record')
    .description('start the server, and write everything that its engines answer into a cassette')
    .requiredOption('--out <file>', 'the cassette, a new file: a.jsonl (docs/replay.md)')
    .action((flags: RecordFlags) => recordCommand(flags, terminal))

  moonbase
    .command('open')
    .description('print an address that lets you into the workbench of the server on this machine, once')
    .option('--url <url>', 'the server (default: http://127.0.0.1:2500)')
    .option(
      '-c, --config <file>',
      'the configuration file of the server (default: moonbase.yaml here, if there is one)',
    )
    .option('--data <folder>', 'the data folder of the server, for its keys (default: ./data)')
    .addHelpText('after', OPEN_HELP)
    .action((flags: ConnectionFlags) => toldPlainly(terminal, () => openCommand(flags, terminal)))

  const config = moonbase.command('config').description('look at configuration files')
  config
    .command('check')
    .description('say what a start would do, or every mistake it would find')
    .argument('[file]', 'the configuration file (default: MOONBASE_CONFIG, or moonbase.yaml here)')
    .action((file: string | undefined) => checkConfigFile(file, terminal))
  config
    .command('schema')
    .description('print the JSON Schema of the configuration file, for editors')
    .action(() => printSchema(terminal))

  moonbase
    .command('store')
    .description('the database of this server')
    .command('accept')
    .description('say that the database which is there is right, though it is not as the last server left it')
    .option('-c, --config <file>', 'the configuration file (default: moonbase.yaml here, if there is one)')
    .option('--data <folder>', 'the folder for what the server keeps (default: ./data)')
    .action((flags: StoreFlags) => acceptStore(flags, terminal))

  addTokenizer(moonbase, terminal)
  addAdminCommands(moonbase, terminal)
  return moonbase
}

const OPEN_HELP = `
The address works for ten minutes and on this machine alone. It opens what the keys of the server open: those of
MOONBASE_API_KEY and MOONBASE_ADMIN_KEY, or those that the server keeps in its data folder.
Exit codes: 0 done, 1 refused, 69 no server.`

function addServerOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the configuration file (default: moonbase.yaml here, if there is one)')
    .option('--host <host>', 'where to listen (default: 127.0.0.1)')
    .option('--port <number>', 'the port to listen on, 0 for any free one (default: 2500)')
    .option('--data <folder>', 'the folder for what the server keeps (default: ./data)')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default: info)')
    .option('--allow-development-keys', 'let others reach the server although its API key is the generated one')
    .addHelpText('after', ENVIRONMENT_HELP)
}

function addTokenizer(moonbase: Command, terminal: Terminal): void {
  const tokenizer = moonbase.command('tokenizer').description("the model's vocabulary, for exact token counts")
  const placed = (name: string): Command =>
    tokenizer
      .command(name)
      .option('-c, --config <file>', 'the configuration file (default: moonbase.yaml here, if there is one)')
      .option('--data <folder>', 'the folder for what the server keeps (default: ./data)')
  placed('pull')
    .description('fetch the vocabulary of Kimi K2.5 from Hugging Face into the data folder')
    .option('--from <url>', 'fetch the same file from a mirror')
    .option('--force', 'put it in place of another file')
    .action((flags: PullFlags) => pullTokenizer(flags, terminal))
  placed('status')
    .description('say what a server started here would count tokens with')
    .action((flags: PlaceFlags) => tokenizerStatus(flags, terminal))
  placed('count')
    .description('count the tokens of a text')
    .argument('<text...>', 'the words, or - for what comes through stdin')
    .option('--ids', 'print the ids, and not their number')
    .action((words: string[], flags: CountFlags) => countTokens(words, flags, terminal))
}

function version(): string {
  const description: { version?: unknown } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return String(description.version)
}
