import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paramsOf } from '../../cli/answers.ts';
import { commands } from '../../cli/commands.ts';
import { flagName } from '../../cli/flags.ts';
import { questions } from '../../cli/wizard.ts';
import { feeds } from '../../etl/feeds.ts';
import { call, documentOf } from './terminal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peaches-init-'));
});
afterEach(() => rm(folder, { recursive: true }));

const config = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, 'peaches.config.json'), 'utf8'));

const ALL = [
  ...['init', '--yes', '--name', 'acme', '--account', '123456789012', '--region', 'us-east-1'],
  ...['--compute', 'ecs', '--warehouse', 'none', '--vpc', 'create', '--feeds', 'freewheel'],
  ...['--set', 'freewheel.networkId=171213'],
];

describe('every question can be answered without being asked', () => {
  const flags = Object.keys(commands.find(({ name }) => name === 'init')?.flags ?? {});
  const facts = {
    folder,
    target: undefined,
    environment: {},
    feeds,
    callerAccount: () => Promise.resolve(undefined),
  };

  test.each(Object.entries(questions))('%s', (key, ask) => {
    expect(flags).toContain(key);
    const question = ask({ ...facts, folder: '/x' }, { vpc: 'vpc-0123456789abcdef0' });
    expect(question?.flag.split(' ')[0]).toBe(flagName(key));
  });

  test.each(feeds.flatMap((feed) => paramsOf(feed).map((param) => [feed.name, param.name, param] as const)))(
    '%s.%s',
    (feed, name, param) => {
      expect(param.question.flag).toBe(`--set ${feed}.${name}=VALUE`);
      expect(param.question.message.length).toBeGreaterThan(feed.length + 10);
    },
  );
});

test('writes what the flags say', async () => {
  const told = await call(
    [...ALL, '--set', 'freewheel.lookbackDays=5', '--set', 'freewheel.classes=midroll,overlay'],
    folder,
  );
  expect(told).toMatchObject({ status: 0, stderr: '' });
  expect(await config()).toEqual({
    name: 'acme',
    default: 'dev',
    environments: {
      dev: {
        account: '123456789012',
        region: 'us-east-1',
        target: 'aws',
        compute: 'ecs',
        warehouse: 'none',
        vpc: 'create',
        protected: false,
      },
    },
    feeds: { freewheel: { networkId: '171213', lookbackDays: 5, classes: ['midroll', 'overlay'] } },
  });
});

test('--json prints the one document', async () => {
  expect(documentOf(await call([...ALL, '--json'], folder))).toMatchObject({ environment: 'dev' });
});

test('takes environment and target from the global flags', async () => {
  await call([...ALL, '--env', 'prod', '--target', 'sandbox', '--protected'], folder);
  expect(await config()).toMatchObject({
    default: 'prod',
    environments: { prod: { target: 'sandbox', protected: true } },
  });
});

describe('without a terminal', () => {
  test('a missing answer without a default names its flag', async () => {
    const { status, stderr } = await call(
      ['init', '--yes', '--account', '123456789012', '--feeds', 'freewheel'],
      folder,
    );
    expect(status).toBe(64);
    expect(stderr).toContain('--set freewheel.networkId=VALUE');
    expect(await readdir(folder)).toEqual([]);
  });

  test('and without --yes a default is not taken in silence', async () => {
    const { status, stderr } = await call(['init', '--name', 'acme'], folder);
    expect(status).toBe(64);
    expect(stderr).toMatch(/--account ID/);
  });
});

describe('an answer that is wrong', () => {
  test.each([
    ['--account', '12', /twelve digits/],
    ['--region', 'virginia', /a region/],
    ['--name', 'A!', /lower-case/],
    ['--vpc', 'mine', /existing VPC/],
    ['--feeds', 'frewheel', /Did you mean freewheel\?/],
    ['--subnets', 'subnet-0123456789abcdef0', /no meaning/],
    ['--set', 'freewheel.netwrkId=1', /Did you mean networkId\?/],
    ['--set', 'freewheel.networkId=abc', /digits/],
    ['--set', 'networkId=1', /FEED.PARAM=VALUE/],
    ['--alarm-email', 'nobody', /e-mail/],
    ['--env', 'PROD', /lower-case/],
  ])('%s %s', async (flag, value, message) => {
    const { status, stderr } = await call([...ALL, flag, value], folder);
    expect(status).toBe(64);
    expect(stderr).toMatch(message);
    expect(await readdir(folder)).toEqual([]);
  });
});

test('an existing file stays as it is unless --force is given', async () => {
  const file = join(folder, 'peaches.config.json');
  await writeFile(file, 'mine');
  expect(await call(ALL, folder)).toMatchObject({ status: 77 });
  expect(await readFile(file, 'utf8')).toBe('mine');
  expect(await call([...ALL, '--force'], folder)).toMatchObject({ status: 0 });
  expect(await readFile(`${file}.bak`, 'utf8')).toBe('mine');
});
