import { describe, expect, test } from '@jest/globals';
import { commands } from '../../cli/commands.ts';
import { flagName } from '../../cli/flags.ts';
import { parseCall } from '../../cli/program.ts';
import { call, documentOf } from './terminal.ts';

const parse = (argv: readonly string[]) =>
  parseCall(argv, { version: '1.2.3', commands, groups: {}, print: () => undefined });

describe('a call that is wrong', () => {
  test.each([
    ['an unknown command', ['deplyo'], 'USAGE', /Did you mean deploy\?/],
    ['an unknown verb', ['sandbox', 'sart'], 'USAGE', /Did you mean start\?/],
    ['help for an unknown command', ['deplyo', '--help'], 'USAGE', /Did you mean deploy\?/],
    ['help for an unknown verb', ['sandbox', 'sart', '--help'], 'USAGE', /Did you mean start\?/],
    ['an unknown flag', ['deploy', '--yess'], 'USAGE', /Did you mean --yes\?/],
    ['no command', [], 'USAGE', /No command was given/],
    ['no verb', ['images'], 'USAGE', /after images/],
    [
      'an argument too many',
      ['run', 'freewheel', 'x', '--date', '2026-01-01'],
      'USAGE',
      /Too many arguments/,
    ],
    ['a missing argument', ['run', '--date', '2026-01-01'], 'USAGE', /FEED/],
    ['a missing flag', ['run', 'freewheel'], 'USAGE', /--date/],
    ['a target that is none', ['diff', '--target', 'azure'], 'USAGE', /aws, sandbox/],
    ['a day that is none', ['run', 'freewheel', '--date', '2026-02-30'], 'FLAG_INVALID', /calendar/],
    ['a day in another form', ['run', 'freewheel', '--date', '1.2.2026'], 'FLAG_INVALID', /YYYY-MM-DD/],
    [
      'a number that is none',
      ['backfill', 'freewheel', '--from', '2026-01-01', '--to', '2026-01-02', '--parallel', '0'],
      'FLAG_INVALID',
      /at least 1/,
    ],
    [
      'an empty folder',
      ['run', 'freewheel', '--date', '2026-01-01', '--local', ''],
      'FLAG_INVALID',
      /--local.*empty/,
    ],
    ['a feed that is none', ['run', 'frewheel', '--date', '2026-01-01'], 'UNKNOWN_FEED', /frewheel/],
    [
      'a stage that is none',
      ['run', 'freewheel.slotz', '--date', '2026-01-01'],
      'UNKNOWN_STAGE',
      /Did you mean slots\?/,
    ],
    [
      'a stage of a stage',
      ['run', 'freewheel.slots.more', '--date', '2026-01-01'],
      'UNKNOWN_STAGE',
      /no stage slots\.more/,
    ],
    [
      'days the wrong way round',
      ['backfill', 'freewheel', '--from', '2026-01-02', '--to', '2026-01-01'],
      'DATES_REVERSED',
      /after/,
    ],
    ['no configuration', ['synth'], 'CONFIG_NOT_FOUND', /no configuration file/],
    ['a folder as configuration', ['synth', '--config', '/'], 'CONFIG_UNREADABLE', /EISDIR/],
  ])('%s exits 64 and says so', async (_, argv, code, message) => {
    const plain = await call(argv);
    expect(plain.status).toBe(64);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toMatch(message);
    expect(plain.stderr).not.toMatch(/ {4}at /);
    const json = await call([...argv, '--json']);
    expect(json.status).toBe(64);
    expect(documentOf(json)).toMatchObject({
      error: {
        code,
        message: expect.stringMatching(message) as unknown,
        hint: expect.any(String) as unknown,
      },
    });
  });

  test('shows its stack with --verbose alone', async () => {
    expect((await call(['synth', '--verbose'])).stderr).toMatch(/ {4}at /);
  });
});

describe('every command', () => {
  test.each(commands.map((command) => [command.name, command] as const))(
    '%s has help with examples',
    async (name, command) => {
      const { status, stdout } = await call([...name.split(' '), '--help']);
      expect(status).toBe(0);
      expect(stdout).toContain('--config <FILE>');
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) expect(stdout).toContain(`peaches ${example}`);
    },
  );

  test.each(commands.flatMap(({ name, examples }) => examples.map((example) => [example, name] as const)))(
    'the example `%s` is a valid call',
    (example, name) => {
      expect(parse(example.split(' '))?.command.name).toBe(name);
    },
  );

  test.each(commands.map((command) => [command.name, command] as const))(
    '%s has code',
    async (_, command) => {
      expect(typeof (await command.load())).toBe('function');
    },
  );
});

test('global flags are taken before and after the command', () => {
  for (const argv of [
    ['--json', '--env', 'prod', 'diff', 'foundation'],
    ['diff', 'foundation', '--json', '--env', 'prod'],
  ]) {
    expect(parse(argv)).toMatchObject({
      globals: { json: true, env: 'prod', config: 'peaches.config.json', yes: false },
      args: [['foundation']],
    });
  }
});

const toggles = commands.flatMap(({ name, flags, examples: [example = name] }) =>
  Object.entries(flags)
    .filter(([, { value }]) => value === undefined)
    .map(([key]) => [name, flagName(key), key, example] as const),
);

test.each(toggles)('%s %s arrives, and is off without it', (_, flag, key, example) => {
  const argv = example.split(' ').filter((word) => word !== flag);
  expect(parse(argv)?.flags[key]).toBe(false);
  expect(parse([...argv, flag])?.flags[key]).toBe(true);
});

test('flags arrive with their types', () => {
  const call = parse([
    'init',
    '--feeds',
    'a, b',
    '--set',
    'a.x=1',
    '--set',
    'b.y=2',
    '--monthly-budget-usd',
    '12.5',
  ]);
  expect(call?.flags).toMatchObject({
    feeds: ['a', 'b'],
    set: ['a.x=1', 'b.y=2'],
    monthlyBudgetUsd: 12.5,
    force: false,
    region: undefined,
  });
});

test('the help of the front door', async () => {
  const { status, stdout } = await call(['--help']);
  expect(status).toBe(0);
  expect(stdout).toMatchSnapshot();
});

test('the version', async () => {
  expect(await call(['--version'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as unknown,
  });
});
