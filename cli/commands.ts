import { command } from './command.ts';
import type { Command } from './command.ts';
import { amount, count, day, oneOf, required, text, texts, toggle, words } from './flags.ts';

/** What a group of commands is for. */
export const groups: Readonly<Record<string, string>> = {
  sandbox: 'the AWS emulator on this machine',
  images: 'the container image of the workers',
  policy: 'policies that somebody else may have to make',
  secrets: "secret values of the feeds, and the IAM user's key",
};

const date = required(day('the day in UTC'));
const local = text('DIR', 'everything under this folder: no AWS, no network, no container');
const set = texts('FEED.PARAM=VALUE', 'a feed parameter; may be repeated');
const deleteData = toggle('also delete what holds data, with all versions; the configuration must allow it');

const allowReplace = texts('ADDRESS', 'a resource whose data may be lost; may be repeated');

const feedStage = { name: 'FEED[.STAGE]', about: 'a feed, or one stage of it' };
const feed = { name: 'FEED', about: 'a feed' };
const stacks = {
  name: 'STACK',
  about: 'stacks by name: foundation, a feed',
  optional: true,
  many: true,
} as const;
const images = { name: 'NAME', about: 'images by name', optional: true, many: true } as const;
const platform = text(
  'linux/amd64|linux/arm64',
  'platform of the image; default that of the task definitions',
);

/** Every command of the command line, in the order of `--help`. */
export const commands: readonly Command[] = [
  command({
    name: 'init',
    summary: 'asks a few questions and writes the configuration',
    flags: {
      name: text('NAME', "the project's name"),
      account: text('ID', 'AWS account, twelve digits'),
      region: text('REGION', 'AWS region'),
      compute: oneOf(['ecs', 'ec2'], 'where containers run'),
      warehouse: oneOf(['redshift', 'none'], 'where tables are loaded'),
      vpc: text('create|ID', 'a new VPC, or the id of an existing one'),
      subnets: words('ID,ID', 'private subnets of the existing VPC'),
      feeds: words('FEED,FEED', 'feeds to set up'),
      set,
      protected: toggle('refuse destroy, whatever the flags'),
      alarmEmail: text('ADDRESS', 'who is told of failed runs'),
      monthlyBudgetUsd: amount('monthly budget in US dollars'),
      force: toggle('replace an existing configuration; the old one is kept as .bak'),
    },
    examples: [
      'init',
      'init --yes --name acme --account 123456789012 --feeds freewheel --set freewheel.networkId=171213',
    ],
    load: async () => (await import('./commands/init.ts')).init,
  }),
  command({
    name: 'up',
    summary: 'sets the account up in one go; run again, it goes on and converges',
    flags: {
      feeds: words('FEED,FEED', 'only the stacks of these feeds, and what they stand on'),
      platform,
      allowReplace,
    },
    examples: ['up', 'up --target sandbox --yes', 'up --feeds freewheel,fastly'],
    load: async () => (await import('./commands/up.ts')).up,
  }),
  command({
    name: 'synth',
    summary: 'writes the Terraform JSON to cdktf.out',
    flags: { out: text('DIR', 'another folder than cdktf.out') },
    examples: ['synth', 'synth --env prod --json'],
    load: async () => (await import('./commands/synth.ts')).synth,
  }),
  command({
    name: 'diff',
    summary: 'plans every stack; exit status 2 when there are changes',
    arguments: [stacks],
    flags: {},
    examples: ['diff', 'diff foundation --json'],
    load: async () => (await import('./commands/diff.ts')).diff,
  }),
  command({
    name: 'deploy',
    summary: 'shows the plan, asks, applies exactly that plan',
    arguments: [stacks],
    flags: { allowReplace },
    examples: ['deploy', 'deploy freewheel --yes --allow-replace aws_s3_bucket.bucket-ids_bucket'],
    load: async () => (await import('./commands/deploy.ts')).deploy,
  }),
  command({
    name: 'drift',
    summary: 'what was changed in the account behind Terraform; exit status 2 when something was',
    arguments: [stacks],
    flags: { accept: toggle('write what the account has into the state') },
    examples: ['drift', 'drift foundation --json'],
    load: async () => (await import('./commands/drift.ts')).drift,
  }),
  command({
    name: 'unlock',
    summary: 'shows who holds a lock on a state and releases it after a question',
    arguments: [stacks],
    flags: {},
    examples: ['unlock', 'unlock foundation'],
    load: async () => (await import('./commands/unlock.ts')).unlock,
  }),
  command({
    name: 'destroy',
    summary: 'removes the stacks, the last one first, but for what holds data; says what is left',
    arguments: [stacks],
    flags: { deleteData },
    examples: ['destroy', 'destroy fastly', 'destroy --target sandbox --yes --delete-data'],
    load: async () => (await import('./commands/destroy.ts')).destroy,
  }),
  command({
    name: 'run',
    summary: 'runs a feed, or one stage of it, for one day',
    arguments: [feedStage],
    flags: { date, local, set },
    examples: [
      'run freewheel --date 2026-03-01 --local ./data --set freewheel.networkId=171213',
      'run freewheel.slots --date 2026-03-01 --target sandbox --json',
    ],
    load: async () => (await import('./commands/run.ts')).run,
  }),
  command({
    name: 'backfill',
    summary: 'runs a feed for every day from one to another',
    arguments: [feed],
    flags: {
      from: required(day('first day in UTC')),
      to: required(day('last day in UTC')),
      parallel: count('days worked at the same time; default 1'),
      local,
      set,
    },
    examples: ['backfill freewheel --from 2026-03-01 --to 2026-03-07 --local ./data --parallel 2'],
    load: async () => (await import('./commands/backfill.ts')).backfill,
  }),
  command({
    name: 'status',
    summary: 'shows the stacks, the last runs, failures and what was rejected',
    flags: { local },
    examples: ['status', 'status --local ./data --json'],
    load: async () => (await import('./commands/status.ts')).status,
  }),
  command({
    name: 'doctor',
    summary: 'checks every prerequisite and says how to mend what is missing',
    flags: {},
    examples: ['doctor', 'doctor --target sandbox --json'],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  }),
  command({
    name: 'guide',
    summary: 'prints what is to be set up on the other side of a feed, with the real names',
    arguments: [feed],
    flags: {},
    examples: ['guide fastly', 'guide fastly --env prod'],
    load: async () => (await import('./commands/guide.ts')).guide,
  }),
  command({
    name: 'policy print',
    summary: 'prints a policy for IAM, derived from the stacks; without a name lists those there are',
    arguments: [{ name: 'POLICY', about: 'deployer or boundary', optional: true }],
    flags: {},
    examples: ['policy print', 'policy print deployer', 'policy print boundary --env prod --json'],
    load: async () => (await import('./commands/policy.ts')).printPolicy,
  }),
  command({
    name: 'secrets set',
    summary: 'stores a secret; its fields are asked for, or read from stdin as JSON',
    arguments: [{ name: 'FEED.SECRET', about: 'a secret that the feed declares' }],
    flags: { local },
    examples: ['secrets set freewheel.api', 'secrets set freewheel.api --local ./data'],
    load: async () => (await import('./commands/secrets.ts')).setSecret,
  }),
  command({
    name: 'secrets ls',
    summary: 'lists the secrets and whether each has a value',
    flags: { local },
    examples: ['secrets ls', 'secrets ls --local ./data --json'],
    load: async () => (await import('./commands/secrets.ts')).listSecrets,
  }),
  command({
    name: 'secrets rotate',
    summary: "makes or renews the access key of the environment's IAM user",
    flags: {},
    examples: ['secrets rotate', 'secrets rotate --target sandbox --json'],
    load: async () => (await import('./commands/secrets.ts')).rotate,
  }),
  command({
    name: 'images build',
    summary: 'builds the image unless this very content is built already',
    arguments: [images],
    flags: { platform, noCache: toggle('build again, without the cache of the engine') },
    examples: ['images build', 'images build worker --platform linux/arm64 --no-cache'],
    load: async () => (await import('./commands/images.ts')).buildImages,
  }),
  command({
    name: 'images push',
    summary: "pushes the image to the account's registry and pins its digest",
    arguments: [images],
    flags: { platform, noCache: toggle('build again, without the cache of the engine') },
    examples: ['images push', 'images push worker'],
    load: async () => (await import('./commands/images.ts')).pushImages,
  }),
  command({
    name: 'images ls',
    summary: "lists what the account's registry holds",
    arguments: [images],
    flags: {},
    examples: ['images ls', 'images ls --json'],
    load: async () => (await import('./commands/images.ts')).listImages,
  }),
  command({
    name: 'images prune',
    summary: 'removes images that no task definition runs, but for the newest',
    arguments: [images],
    flags: { keep: count('how many of the newest to keep, besides those in use; default 10') },
    examples: ['images prune', 'images prune --keep 3 --yes'],
    load: async () => (await import('./commands/images.ts')).pruneImages,
  }),
  command({
    name: 'sandbox start',
    summary: 'starts the emulator, unless it runs',
    flags: {},
    examples: ['sandbox start', 'sandbox start --json'],
    load: async () => (await import('./commands/sandbox.ts')).start,
  }),
  command({
    name: 'sandbox stop',
    summary: 'stops the emulator; what it holds is gone',
    flags: {},
    examples: ['sandbox stop'],
    load: async () => (await import('./commands/sandbox.ts')).stop,
  }),
  command({
    name: 'sandbox status',
    summary: 'says whether the emulator runs, and where',
    flags: {},
    examples: ['sandbox status', 'sandbox status --json'],
    load: async () => (await import('./commands/sandbox.ts')).status,
  }),
  command({
    name: 'demo',
    summary: 'a whole account in the emulator: stacks, a day of logs, pipeline, tables',
    flags: { stop: toggle('stop the emulator at the end') },
    examples: ['demo', 'demo --stop'],
    load: async () => (await import('./commands/demo.ts')).demo,
  }),
];
