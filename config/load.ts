import { dirname, resolve } from 'node:path';
import { usageError } from '../errors/errors.ts';
import { adoptedBuckets, aliasOf, OPERATIONS, type FeedDeclaration } from '../etl/feed.ts';
import type { Environment } from './environment.ts';
import { ACCESS_LOGS } from './names.ts';
import { LEAST_SUBNETS, makesWarehouse, WAREHOUSE_BUCKET } from './warehouse.ts';
import { inherited } from './inherit.ts';
import { resolveFeeds } from './feeds.ts';
import { configSchema, ENVIRONMENT_DEFAULTS } from './schema.ts';
import type { ConfigEntry } from './schema.ts';
import { readSource } from './source.ts';
import type { Path, Problem, Source } from './source.ts';
import { didYouMean } from '../errors/suggest.ts';
import { zodProblems } from './zod-problems.ts';

/** A configuration in which nothing is wrong, every environment resolved. */
export interface Config {
  readonly file: string;
  /** Folder of the file: `.peaches` and `cdktf.out` lie beside it. */
  readonly root: string;
  readonly name: string;
  readonly default: string | undefined;
  readonly environments: Readonly<Record<string, Environment>>;
}

/**
 * Reads and validates the configuration and resolves every environment of it.
 * @throws CONFIG_NOT_FOUND; CONFIG_INVALID with everything that is wrong, each with its path and line
 */
export const loadConfig = async (file: string, feeds: readonly FeedDeclaration[]): Promise<Config> =>
  checkConfig(await readSource(resolve(file)), feeds);

/** @throws CONFIG_INVALID */
export const checkConfig = (source: Source, feeds: readonly FeedDeclaration[]): Config => {
  const problems: Problem[] = [...source.problems];
  const report = (path: Path, message: string): void => {
    problems.push({ path: path.join('.'), line: source.lineOf(path), message });
  };
  const stop = (): never => {
    throw invalid(source.file, problems);
  };
  if (source.value === undefined || problems.some(({ path }) => path === '')) return stop();
  const parsed = configSchema.safeParse(source.value, { reportInput: true });
  if (!parsed.success) {
    for (const { path, message } of zodProblems(parsed.error, configSchema)) report(path, message);
  }
  const entry = parsed.success ? parsed.data : legible(source.value);
  const names = Object.keys(entry.environments);
  if (entry.default !== undefined && !names.includes(entry.default)) {
    report(['default'], `names no environment.${didYouMean(entry.default, names)}`);
  }
  const root = dirname(source.file);
  const environments = names.flatMap((name) => resolveOne(name, entry, feeds, root, report));
  if (problems.length > 0) return stop();
  return {
    file: source.file,
    root,
    name: entry.name,
    default: entry.default,
    environments: Object.fromEntries(environments.map((environment) => [environment.name, environment])),
  };
};

/** What can be looked at further in a file that broke the schema, so that all mistakes show at once. */
const legible = (value: unknown): ConfigEntry => {
  const record = (part: unknown): Record<string, unknown> =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? (part as Record<string, unknown>)
      : {};
  const top = record(value);
  const sections = (part: unknown) =>
    Object.fromEntries(Object.entries(record(part)).map(([name, section]) => [name, record(section)]));
  const environments = Object.entries(record(top['environments'])).map(([name, part]) => {
    const { extends: parent, feeds, ...rest } = record(part);
    return [
      name,
      { ...rest, ...(typeof parent === 'string' ? { extends: parent } : {}), feeds: sections(feeds) },
    ];
  });
  return {
    name: typeof top['name'] === 'string' ? top['name'] : '',
    ...(typeof top['default'] === 'string' ? { default: top['default'] } : {}),
    environments: Object.fromEntries(environments) as ConfigEntry['environments'],
    feeds: sections(top['feeds']),
  };
};

/** Aliases of all buckets that an environment may have. */
const aliasesOf = (feeds: readonly FeedDeclaration[]): string[] => [
  OPERATIONS,
  ACCESS_LOGS,
  WAREHOUSE_BUCKET,
  ...feeds.flatMap(({ name, buckets }) => Object.keys(buckets).map((bucket) => aliasOf(name, bucket))),
];

type Draft = typeof ENVIRONMENT_DEFAULTS &
  Partial<
    Pick<
      Environment,
      | 'account'
      | 'region'
      | 'alarmEmail'
      | 'deleteData'
      | 'monthlyBudgetUsd'
      | 'waivers'
      | 'existing'
      | 'user'
      | 'redshift'
    >
  >;

/** A user has leave to be one by what is said of it. */
const waivers = ({ waivers: said, user }: Draft): Pick<Environment, 'waivers'> => {
  if (user === undefined) return said === undefined ? {} : { waivers: said };
  return { waivers: [...(said ?? []), { rule: 'T16', address: 'aws_iam_user.*', ...user }] };
};

/** What is there already: what the environment says, and buckets that feeds' own parameters name. */
const existing = (
  { existing: said }: Draft,
  feeds: readonly FeedDeclaration[],
  params: Environment['feeds'],
): Pick<Environment, 'existing'> => {
  const adopted = feeds
    .filter(({ name }) => Object.hasOwn(params, name))
    .map((feed) => adoptedBuckets(feed, params[feed.name]));
  const buckets = Object.fromEntries(
    [said?.buckets ?? {}, ...adopted].flatMap((named) => Object.entries(named)),
  );
  if (Object.keys(buckets).length === 0) return said === undefined ? {} : { existing: said };
  return { existing: { ...said, buckets } };
};

const resolveOne = (
  name: string,
  entry: ConfigEntry,
  feeds: readonly FeedDeclaration[],
  root: string,
  report: (path: Path, message: string) => void,
): Environment[] => {
  const here = ['environments', name];
  const chain = inherited(name, entry.environments, report);
  if (chain === undefined) return [];
  const merged = Object.assign({}, ENVIRONMENT_DEFAULTS, ...chain.map((link) => link.entry)) as Draft;
  if (merged.account === undefined) report([...here, 'account'], 'is missing');
  if (merged.region === undefined) report([...here, 'region'], 'is missing');
  if (merged.vpc !== 'create' && merged.subnets.length === 0) {
    report([...here, 'subnets'], 'must name the private subnets of the existing VPC');
  }
  if (makesWarehouse(merged) && merged.vpc !== 'create' && new Set(merged.subnets).size < LEAST_SUBNETS) {
    report(
      [...here, 'subnets'],
      `must name ${LEAST_SUBNETS} subnets in as many zones, which Redshift Serverless asks for`,
    );
  }
  if (merged.monthlyBudgetUsd !== undefined && merged.alarmEmail === undefined) {
    report([...here, 'alarmEmail'], 'is missing: somebody must be told when monthlyBudgetUsd is passed');
  }
  const aliases = aliasesOf(feeds);
  for (const alias of Object.keys(merged.existing?.buckets ?? {})) {
    if (aliases.includes(alias)) continue;
    report([...here, 'existing', 'buckets', alias], `is no bucket of a feed.${didYouMean(alias, aliases)}`);
  }
  const params = resolveFeeds(entry.feeds, chain, feeds, root, report);
  return [
    {
      project: entry.name,
      name,
      account: merged.account ?? '',
      region: merged.region ?? '',
      target: merged.target,
      compute: merged.compute,
      warehouse: merged.warehouse,
      ...(merged.redshift === undefined ? {} : { redshift: merged.redshift }),
      vpc: merged.vpc,
      subnets: merged.subnets,
      ...existing(merged, feeds, params),
      protected: merged.protected,
      ...(merged.deleteData === undefined ? {} : { deleteData: merged.deleteData }),
      ...waivers(merged),
      ...(merged.user === undefined ? {} : { user: merged.user }),
      ...(merged.alarmEmail === undefined ? {} : { alarmEmail: merged.alarmEmail }),
      ...(merged.monthlyBudgetUsd === undefined ? {} : { monthlyBudgetUsd: merged.monthlyBudgetUsd }),
      feeds: params,
    },
  ];
};

const invalid = (file: string, found: readonly Problem[]) => {
  const problems = [
    ...new Map(found.map((problem) => [`${problem.path} ${problem.message}`, problem])).values(),
  ].sort((a, b) => a.line - b.line);
  const lines = problems.map(
    ({ path, line, message }) => `  line ${line}: ${path === '' ? '' : `${path} `}${message}`,
  );
  return usageError({
    code: 'CONFIG_INVALID',
    message: `${file} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${lines.join('\n')}`,
    hint: 'Mend the lines named above; docs/peaches.config.schema.json says what each key may hold.',
    details: { file, problems },
  });
};

/** What the command line may say over the configuration. */
export interface Choice {
  readonly env?: string | undefined;
  readonly target?: Environment['target'] | undefined;
}

/**
 * The environment that is meant: the named one, else the default, else the only one.
 * @throws ENVIRONMENT_UNKNOWN, ENVIRONMENT_NOT_CHOSEN
 */
export const resolveEnvironment = (config: Config, choice: Choice = {}): Environment => {
  const names = Object.keys(config.environments);
  const name = choice.env ?? config.default ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) {
    throw usageError({
      code: 'ENVIRONMENT_NOT_CHOSEN',
      message: `${config.file} has ${names.length} environments and no default.`,
      hint: `Add --env NAME with one of: ${names.join(', ')}.`,
      details: { environments: names },
    });
  }
  const environment = config.environments[name];
  if (environment === undefined) {
    throw usageError({
      code: 'ENVIRONMENT_UNKNOWN',
      message: `There is no environment ${name} in ${config.file}.${didYouMean(name, names)}`,
      hint: `Environments: ${names.join(', ')}.`,
      details: { environment: name, environments: names },
    });
  }
  const target = choice.target ?? environment.target;
  return { ...environment, target, deleteData: environment.deleteData ?? target === 'sandbox' };
};
