import { basename } from 'node:path';
import {
  ACCOUNT_ID,
  ENVIRONMENT_DEFAULTS,
  PROJECT_NAME,
  PROJECT_NAME_RULE,
  REGION,
  REGION_RULE,
  VPC,
  VPC_RULE,
} from '../config/schema.ts';
import type { FeedDeclaration } from '../etl/feed.ts';
import { usageError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import { flagName, invalidFlag } from './flags.ts';
import type { Prompt, Question } from './prompt.ts';

/** Answers of the wizard as text; what a flag gave is in it from the start. */
export type Answers = Readonly<Partial<Record<AnswerKey, string>>>;
export type AnswerKey = 'name' | 'account' | 'region' | 'compute' | 'warehouse' | 'vpc' | 'subnets' | 'feeds';

export interface WizardFacts {
  /** The folder of the configuration: its name is the project's default name. */
  readonly folder: string;
  readonly target: 'aws' | 'sandbox' | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly feeds: readonly FeedDeclaration[];
  /** The caller's account, when credentials are there. */
  readonly callerAccount: () => Promise<string | undefined>;
}

type Ask = (facts: WizardFacts, answers: Answers) => Question | undefined;

const matching =
  (pattern: RegExp, rule: string) =>
  (answer: string): string | undefined =>
    pattern.test(answer) ? undefined : `must be ${rule}`;

/** The account that the emulator answers for. */
const SANDBOX_ACCOUNT = '123456789012';

/** The questions in their order; a key is also the name of its flag. */
export const questions: Readonly<Record<AnswerKey, Ask>> = {
  name: ({ folder }) => {
    const name = basename(folder)
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-');
    return {
      message: "The project's name, first part of every resource's name",
      flag: '--name NAME',
      ...(PROJECT_NAME.test(name) ? { default: name } : {}),
      check: matching(PROJECT_NAME, PROJECT_NAME_RULE),
    };
  },
  account: ({ target, callerAccount }) => ({
    message: 'AWS account; commands that write stop when the caller is in another',
    flag: '--account ID',
    default: target === 'sandbox' ? SANDBOX_ACCOUNT : callerAccount,
    check: matching(ACCOUNT_ID, 'twelve digits'),
  }),
  region: ({ environment }) => ({
    message: 'AWS region',
    flag: '--region REGION',
    default: environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    check: matching(REGION, REGION_RULE),
  }),
  compute: () => ({
    message: 'Where containers run',
    flag: '--compute ecs|ec2',
    default: ENVIRONMENT_DEFAULTS.compute,
    choices: ['ecs', 'ec2'],
  }),
  warehouse: () => ({
    message: 'Where tables are loaded',
    flag: '--warehouse redshift|none',
    default: ENVIRONMENT_DEFAULTS.warehouse,
    choices: ['redshift', 'none'],
  }),
  vpc: () => ({
    message: 'A new VPC (create), or the id of an existing one',
    flag: '--vpc create|ID',
    default: ENVIRONMENT_DEFAULTS.vpc,
    check: matching(VPC, VPC_RULE),
  }),
  subnets: (_, { vpc }) =>
    vpc === 'create'
      ? undefined
      : {
          message: 'Private subnets of the existing VPC, separated by commas',
          flag: '--subnets ID,ID',
          check: matching(/^subnet-[0-9a-f]+(,subnet-[0-9a-f]+)*$/, 'ids of subnets, separated by commas'),
        },
  feeds: ({ feeds }) => {
    const names = feeds.map(({ name }) => name);
    return {
      message: 'Feeds to set up',
      flag: '--feeds FEED,FEED',
      ...(names.length === 1 ? { default: names[0] } : {}),
      choices: names,
      many: true,
      check: (answer) => {
        const unknown = answer.split(',').find((name) => !names.includes(name));
        if (unknown === undefined) return undefined;
        return `must name known feeds (${names.join(', ')}).${didYouMean(unknown, names)}`;
      },
    };
  },
};

/**
 * Asks what no flag has answered, and checks what flags have.
 * @throws FLAG_INVALID, ANSWER_MISSING, INTERRUPTED
 */
export const askAll = async (given: Answers, facts: WizardFacts, prompt: Prompt): Promise<Answers> => {
  const answers: Partial<Record<AnswerKey, string>> = { ...given };
  for (const [key, ask] of Object.entries(questions) as [AnswerKey, Ask][]) {
    const question = ask(facts, answers);
    const flag = given[key];
    if (flag === undefined) {
      if (question !== undefined) answers[key] = await prompt.ask(question);
      continue;
    }
    if (question === undefined) throw notAsked(key);
    const problem = question.check?.(flag);
    if (problem !== undefined) throw invalidFlag(flagName(key), flag, problem);
  }
  return answers;
};

/** `--subnets` beside a VPC that is to be created. */
const notAsked = (key: AnswerKey) =>
  usageError({
    code: 'FLAG_NEEDLESS',
    message: `${flagName(key)} has no meaning beside the other answers.`,
    hint: 'Leave it out, or name an existing VPC with --vpc ID.',
    details: { flag: flagName(key) },
  });
