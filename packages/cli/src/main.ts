/** The command line: `moonbase serve`, `moonbase config`. Each command loads what it needs when it runs. */

import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { checkConfigFile, printSchema } from './config-command.ts'
import { ENVIRONMENT_HELP } from './environment-help.ts'
import { reportError } from './report-error.ts'
import { type ServeFlags, serveCommand } from './serve-command.ts'
import { type Terminal, processTerminal } from './terminal.ts'

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
    .exitOverride()
    .configureOutput({ writeOut: terminal.writeOut, writeErr: terminal.writeErr })

  moonbase
    .command('serve')
    .description('start the server')
    .option('-c, --config <file>', 'the configuration file (default: moonbase.yaml here, if there is one)')
    .option('--host <host>', 'where to listen (default: 127.0.0.1)')
    .option('--port <number>', 'the port to listen on, 0 for any free one (default: 2500)')
    .option('--data <folder>', 'the folder for what the server keeps (default: ./data)')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default: info)')
    .option('--allow-development-keys', 'let others reach the server although its API key is the generated one')
    .addHelpText('after', ENVIRONMENT_HELP)
    .action((flags: ServeFlags) => serveCommand(flags, terminal))

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
  return moonbase
}

function version(): string {
  const description: { version?: unknown } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return String(description.version)
}
