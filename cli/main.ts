import { EXIT_CODES, messageOf } from '../errors/errors.ts';
import type { Invocation, Stdin } from './command.ts';
import { commands, groups } from './commands.ts';
import { watchInterrupts } from './interrupt.ts';
import { knownError } from './known-error.ts';
import { createOutput } from './output.ts';
import type { Output } from './output.ts';
import { parseCall } from './program.ts';
import type { Call } from './program.ts';
import { createPrompt } from './prompt.ts';
import { version } from './version.ts';

/** The process as the command line sees it. */
export interface Process {
  readonly argv: readonly string[];
  readonly stdin: Stdin;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** Runs one call of the command line. @returns its exit status (docs/cli.md) */
export const main = async (process: Process): Promise<number> => {
  // The SDK's own remark on the age of Node would stand between our lines; doctor says what is needed.
  globalThis.process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  let call: Call | undefined;
  try {
    call = parseCall(process.argv, {
      version: await version(),
      commands,
      groups,
      print: (text) => process.stdout.write(text),
    });
  } catch (error) {
    const json = process.argv.includes('--json');
    const verbose = process.argv.includes('--verbose');
    const output = outputOf(process, {
      json,
      verbose,
      quiet: false,
      color: !process.argv.includes('--no-color'),
    });
    return tellError(error, output, { json, verbose });
  }
  return call === undefined ? 0 : await perform(call, process);
};

const perform = async ({ command, globals, flags, args }: Call, process: Process): Promise<number> => {
  const output = outputOf(process, globals);
  const interrupts = watchInterrupts((line) => output.warn(line), `peaches ${process.argv.join(' ')}`);
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY;
  const invocation: Invocation = {
    ...globals,
    output,
    prompt: createPrompt(
      globals.yes ? 'defaults' : terminal && !globals.json ? 'ask' : 'refuse',
      interrupts.signal,
    ),
    stdin: process.stdin,
    signal: interrupts.signal,
    cwd: process.cwd,
  };
  try {
    const handler = await command.load();
    const outcome = await handler(invocation, flags, ...(args as never[]));
    if (globals.json) output.result(JSON.stringify(outcome.document, undefined, 2));
    else if (outcome.text !== '') output.result(outcome.text);
    return interrupts.signal.aborted ? EXIT_CODES.interrupted : (outcome.exitCode ?? 0);
  } catch (error) {
    const status = tellError(error, output, globals);
    return interrupts.signal.aborted ? EXIT_CODES.interrupted : status;
  } finally {
    interrupts.stop();
  }
};

const outputOf = (
  { stdout, stderr, environment }: Process,
  { json, quiet, verbose, color }: Pick<Call['globals'], 'json' | 'quiet' | 'verbose' | 'color'>,
): Output => createOutput({ stdout, stderr, environment, json, quiet, verbose, color });

const tellError = (
  error: unknown,
  output: Output,
  { json, verbose }: Pick<Call['globals'], 'json' | 'verbose'>,
): number => {
  const known = knownError(error);
  const code = known?.code ?? 'INTERNAL';
  const message = messageOf(known ?? error);
  const hint =
    known === undefined ? 'This is a fault of peaches: run again with --verbose and report it.' : known.hint;
  if (json) {
    const { details } = known ?? {};
    output.result(JSON.stringify({ error: { code, message, hint, details } }, undefined, 2));
  } else {
    output.warn(output.style('red', `${code}: ${message}`));
    if (hint !== undefined) output.warn(hint);
  }
  if (verbose && error instanceof Error) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) output.warn(at.stack ?? at.message);
  }
  return known?.exitCode ?? EXIT_CODES.failed;
};
