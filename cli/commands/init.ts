import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { checkConfig } from '../../config/load.ts';
import { ENVIRONMENT_NAME, ENVIRONMENT_NAME_RULE } from '../../config/schema.ts';
import type { ConfigEntry } from '../../config/schema.ts';
import { parseSource } from '../../config/source.ts';
import { configExists, writeConfig } from '../../config/write.ts';
import { feeds, findFeed } from '../../etl/feeds.ts';
import type { FeedDeclaration } from '../../etl/feed.ts';
import { callerAccount } from '../account.ts';
import { paramsOf, parseSettings, valuesOf } from '../answers.ts';
import type { ParamTexts } from '../answers.ts';
import type { Invocation, Outcome } from '../command.ts';
import { invalidFlag } from '../flags.ts';
import type { Prompt } from '../prompt.ts';
import { askAll } from '../wizard.ts';
import type { Answers } from '../wizard.ts';

interface InitFlags {
  readonly name: string | undefined;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly compute: 'ecs' | 'ec2' | undefined;
  readonly warehouse: 'redshift' | 'none' | undefined;
  readonly vpc: string | undefined;
  readonly subnets: readonly string[] | undefined;
  readonly feeds: readonly string[] | undefined;
  readonly set: readonly string[];
  readonly protected: boolean;
  readonly alarmEmail: string | undefined;
  readonly monthlyBudgetUsd: number | undefined;
  readonly force: boolean;
}

export const init = async (invocation: Invocation, flags: InitFlags): Promise<Outcome> => {
  const { cwd, config, prompt, output } = invocation;
  const file = resolve(cwd, config);
  const environment = invocation.env ?? 'dev';
  if (!ENVIRONMENT_NAME.test(environment))
    throw invalidFlag('--env', environment, `must be ${ENVIRONMENT_NAME_RULE}`);
  const replace = await mayReplace(file, flags.force, prompt);
  const answers = await askAll(
    given(flags),
    {
      folder: dirname(file),
      target: invocation.target,
      environment: process.env,
      feeds,
      callerAccount: () => callerAccount({ region: flags.region ?? 'us-east-1' }).catch(() => undefined),
    },
    prompt,
  );
  const settings = parseSettings(flags.set);
  const selected = (answers.feeds ?? '').split(',').map(findFeed);
  for (const name of Object.keys(settings)) if (!selected.some((feed) => feed.name === name)) findFeed(name);
  const params = await askParams(selected, settings, prompt);
  const entry = entryOf(environment, answers, params, flags, invocation.target);
  checkConfig(parseSource(JSON.stringify(entry, null, 2), file), feeds);
  const kept = await writeConfig(file, entry, { replace });
  if (kept !== undefined) output.event(`The old configuration is kept as ${relative(cwd, kept)}.`);
  return {
    document: { file, environment, config: entry, ...(kept === undefined ? {} : { kept }) },
    text: [
      `Wrote ${relative(cwd, file)}.`,
      '',
      'Next:',
      '  peaches doctor            checks what this machine and the account offer',
      '  peaches sandbox start     starts the AWS emulator, to try without an account',
      '  peaches up                sets the account up (add --target sandbox for the emulator)',
    ].join('\n'),
  };
};

const mayReplace = async (file: string, force: boolean, prompt: Prompt): Promise<boolean> => {
  if (force || !existsSync(file)) return force;
  if (prompt.mode === 'ask' && (await prompt.confirm(`${file} is there already. Replace it?`))) return true;
  throw configExists(file);
};

const given = (flags: InitFlags): Answers => {
  const { name, account, region, compute, warehouse, vpc } = flags;
  const answers = {
    name,
    account,
    region,
    compute,
    warehouse,
    vpc,
    subnets: flags.subnets?.join(','),
    feeds: flags.feeds?.join(','),
  };
  return Object.fromEntries(Object.entries(answers).filter(([, answer]) => answer !== undefined));
};

const askParams = async (
  selected: readonly FeedDeclaration[],
  settings: ParamTexts,
  prompt: Prompt,
): Promise<ConfigEntry['feeds']> => {
  const sections: Record<string, Record<string, unknown>> = {};
  for (const feed of selected) {
    const section = valuesOf(feed, settings[feed.name]);
    for (const param of paramsOf(feed)) {
      if (param.name in section || !param.required) continue;
      section[param.name] = param.value(await prompt.ask(param.question));
    }
    sections[feed.name] = section;
  }
  return sections;
};

const entryOf = (
  environment: string,
  answers: Answers,
  feedSections: ConfigEntry['feeds'],
  flags: InitFlags,
  target: 'aws' | 'sandbox' | undefined,
): ConfigEntry => ({
  name: answers.name ?? '',
  default: environment,
  environments: {
    [environment]: {
      account: answers.account,
      region: answers.region,
      target: target ?? 'aws',
      compute: answers.compute as 'ecs' | 'ec2',
      warehouse: answers.warehouse as 'redshift' | 'none',
      vpc: answers.vpc,
      ...(answers.subnets === undefined ? {} : { subnets: answers.subnets.split(',') }),
      protected: flags.protected,
      ...(flags.alarmEmail === undefined ? {} : { alarmEmail: flags.alarmEmail }),
      ...(flags.monthlyBudgetUsd === undefined ? {} : { monthlyBudgetUsd: flags.monthlyBudgetUsd }),
    },
  },
  feeds: feedSections,
});
