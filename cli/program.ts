import { Command as Program, CommanderError, Option } from 'commander';
import { usageError } from '../errors/errors.ts';
import type { Argument, Command, GlobalFlags } from './command.ts';
import { flagName } from './flags.ts';
import type { Flag } from './flags.ts';

export interface Call {
  readonly command: Command;
  readonly globals: GlobalFlags & { readonly color: boolean };
  readonly flags: Readonly<Record<string, unknown>>;
  readonly args: readonly unknown[];
}

export interface ProgramParts {
  readonly version: string;
  readonly commands: readonly Command[];
  /** What a group of commands is for, by its first word. */
  readonly groups: Readonly<Record<string, string>>;
  /** Takes help and version texts. */
  readonly print: (text: string) => void;
}

const NAME = 'peaches';

/**
 * Turns argv into a call.
 * @returns undefined when help or the version was asked for and printed
 * @throws USAGE with a suggestion where a word is close to a known one; FLAG_INVALID
 */
export const parseCall = (argv: readonly string[], parts: ProgramParts): Call | undefined => {
  let call: Call | undefined;
  const shown: string[] = [];
  const program = buildProgram({ ...parts, print: (text) => shown.push(text) }, (found) => (call = found));
  try {
    parse(program, argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) {
      parts.print(shown.join(''));
      return undefined;
    }
    if (error.code === 'commander.help') throw noCommand(argv, parts.commands);
    throw usageError({
      code: 'USAGE',
      message: sentence(error.message),
      hint: `See \`${NAME} ${helpOf(argv, parts.commands)}--help\`.`,
      details: { reason: error.code.replace('commander.', '') },
    });
  }
  return call;
};

const buildProgram = (parts: ProgramParts, found: (call: Call) => void): Program => {
  const program = shaped(new Program(NAME), parts)
    .description(
      'From an empty AWS account to filled tables: infrastructure and pipelines of media data feeds.',
    )
    .version(parts.version, '--version', 'print the version')
    .option('--config <FILE>', 'configuration file', 'peaches.config.json')
    .option('--env <NAME>', 'environment of the configuration')
    .addOption(new Option('--target <aws|sandbox>', 'real account or emulator').choices(['aws', 'sandbox']))
    .option('--yes', 'ask nothing')
    .option('--json', 'one JSON document on stdout, progress on stderr')
    .option('--verbose', 'more progress, stack traces')
    .option('--quiet', 'no progress')
    .option('--no-color', 'no colours');
  const groups = new Map<string, Program>();
  for (const command of parts.commands) {
    const [first = '', verb] = command.name.split(' ');
    const parent = verb === undefined ? program : groups.get(first);
    const home = parent ?? shaped(program.command(first), parts).description(parts.groups[first] ?? '');
    if (verb !== undefined) groups.set(first, home);
    addCommand(home, verb ?? first, command, parts, found);
  }
  return program;
};

const shaped = (program: Program, { print }: ProgramParts): Program =>
  program
    .exitOverride()
    .helpCommand(false)
    .helpOption('--help', 'print help')
    .allowExcessArguments(false)
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .configureOutput({ writeOut: print, writeErr: () => undefined });

const addCommand = (
  home: Program,
  word: string,
  command: Command,
  parts: ProgramParts,
  found: (call: Call) => void,
): void => {
  const program = shaped(home.command(word), parts).description(command.summary);
  for (const argument of command.arguments ?? []) {
    program.argument(placeholder(argument), argument.about);
  }
  for (const [key, flag] of Object.entries(command.flags)) program.addOption(optionOf(key, flag));
  program.addHelpText(
    'after',
    `\nExamples:\n${command.examples.map((line) => `  ${NAME} ${line}`).join('\n')}`,
  );
  program.action(() => {
    const own = program.opts<Record<string, unknown>>();
    const all = program.optsWithGlobals<
      Partial<Call['globals']> & Pick<Call['globals'], 'config' | 'color'>
    >();
    found({
      command,
      globals: {
        config: all.config,
        env: all.env,
        target: all.target,
        yes: all.yes ?? false,
        json: all.json ?? false,
        verbose: all.verbose ?? false,
        quiet: all.quiet ?? false,
        color: all.color,
      },
      flags: Object.fromEntries(
        Object.entries(command.flags).map(([key, flag]) => [key, given(own, key) ?? absent(flag)]),
      ),
      args: program.processedArgs as unknown[],
    });
  });
};

const placeholder = ({ name, optional, many }: Argument): string => {
  const shown = many === true ? `${name}...` : name;
  return optional === true ? `[${shown}]` : `<${shown}>`;
};

/** Commander keeps `--no-cache` as `cache: false`. */
const given = (options: Readonly<Record<string, unknown>>, key: string): unknown => {
  const [, negated] = /^no([A-Z]\w*)$/.exec(key) ?? [];
  if (negated === undefined) return options[key];
  return options[`${negated.charAt(0).toLowerCase()}${negated.slice(1)}`] === false ? true : undefined;
};

const absent = (flag: Flag<unknown>): unknown => {
  if (flag.value === undefined) return false;
  return flag.many === true ? [] : undefined;
};

const optionOf = (key: string, flag: Flag<unknown>): Option => {
  const name = flagName(key);
  const option = new Option(flag.value === undefined ? name : `${name} <${flag.value}>`, flag.about);
  if (flag.choices !== undefined) option.choices([...flag.choices]);
  if (flag.required === true) option.makeOptionMandatory();
  const { parse } = flag;
  if (parse !== undefined) option.argParser((given: string) => parse(given, name));
  if (flag.many === true) {
    option.argParser((given: string, before: readonly string[] | undefined) => [...(before ?? []), given]);
  }
  return option;
};

/** Where help is asked for a command that is none, Commander by itself shows the help of what stands before it. */
const parse = (program: Program, argv: readonly string[]): void => {
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.code !== 'commander.helpDisplayed') throw error;
    let home = program;
    for (const word of program.parseOptions([...argv]).operands) {
      if (home.commands.length === 0) break;
      const next = home.commands.find((command) => command.name() === word);
      if (next === undefined) home.parse([word], { from: 'user' });
      else home = next;
    }
    throw error;
  }
};

const noCommand = (argv: readonly string[], commands: readonly Command[]) => {
  const group = argv.find((word) => commands.some(({ name }) => name.startsWith(`${word} `)));
  const names = commands
    .filter(({ name }) => group === undefined || name.startsWith(`${group} `))
    .map(({ name }) => (group === undefined ? name : name.slice(group.length + 1)));
  return usageError({
    code: 'USAGE',
    message: `No command was given${group === undefined ? '' : ` after ${group}`}.`,
    hint: `One of: ${names.join(', ')}. See \`${NAME} --help\`.`,
    details: { commands: names },
  });
};

/** The command's own help when argv begins with one. */
const helpOf = (argv: readonly string[], commands: readonly Command[]): string => {
  const spoken = argv.filter((word) => !word.startsWith('-')).join(' ');
  const named = commands.find(({ name }) => spoken === name || spoken.startsWith(`${name} `));
  return named === undefined ? '' : `${named.name} `;
};

/** `error: unknown option '--fo'\n(Did you mean --foo?)` to one sentence. */
const sentence = (message: string): string => {
  const plain = message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}`.replace(/([^.?!)])$/, '$1.');
};
