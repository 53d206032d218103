import type { z } from 'zod';
import type { StageCode } from './runtime/stage.ts';
import type { TableDeclaration } from './table.ts';

/**
 * What a feed is. A feed is declared once, as data, in `etl/<feed>/feed.ts`; the stacks
 * derive buckets, policies, tasks, schedules and alarms from it, the worker its handles,
 * the command line its menus. A declaration imports no stage code: `run` is a lazy import,
 * so that synthesis loads no native module.
 */

/** A bucket of the feed's own, made by its stack. */
export interface PrivateBucket<P = unknown> {
  /** Days after which objects under a prefix expire, by prefix (`''` = the whole bucket). */
  readonly expireDays?: Readonly<Record<string, number>>;
  /** Real name of a bucket that is there already and takes its place, if the parameters name one. */
  adopts?(params: P): string | undefined;
}

/** A bucket of somebody else, read under a role of theirs. */
export interface ExternalBucket<P> {
  readonly bucket: string;
  /** The prefix that this feed reads, ending in `/`. */
  prefix(params: P): string;
  /** ARN of the role that the owner lets us assume; absent: our own credentials serve. */
  assumeRole?(params: P): string;
}

/** Somebody with an AWS account of their own who writes into the feed's buckets, under a role made for them. */
export interface Deliverer<P> {
  readonly title: string;
  readonly account: string;
  /** The external id that they name when they take the role; absent: no role is made. */
  externalId(params: P): string | undefined;
  /** What they may write, as stages declare it. */
  readonly writes: readonly string[];
}

/** A log group of CloudWatch, in the environment's own account and region. */
export interface SourceLogGroup {
  readonly name: string;
  /** It is there already, and somebody else's to keep; else the stack makes it. */
  readonly exists: boolean;
}

/** Log events that CloudWatch hands on as they come, and Firehose puts into a bucket of the feed. */
export interface LogDelivery<P> {
  readonly title: string;
  /** Where they come from; undefined: the parameters want no such delivery. */
  group(params: P): SourceLogGroup | undefined;
  /** `<bucket>/<prefix>`, below which an object lies under `YYYY/MM/DD/HH/` of its arrival, in UTC. */
  readonly to: string;
}

/** A data set of QuickSight, made of files of CSV with a header in a bucket of the feed. */
export interface DataSet<P> {
  readonly title: string;
  /** `<bucket>/<prefix>` of manifests and files: what QuickSight may read, and all of it. */
  readonly published: string;
  /** Name of the manifest below it. */
  readonly manifest: string;
  /** Columns of the files, in their order. */
  readonly columns: ReadonlyMap<string, 'text' | 'time'>;
  /** Who sees which rows: a user without a rule sees none. */
  readonly rules: { readonly manifest: string; columns(params: P): readonly string[] };
  /** ARNs of the users and groups of QuickSight who may build on it; none: it is not made. */
  users(params: P): readonly string[];
}

/** What is known of an environment to whoever sets up the other side of a feed. */
export interface GuideFacts<P> {
  readonly params: P;
  readonly region: string;
  /** Real name of a bucket of the feed. */
  readonly bucket: (name: string) => string;
  /** ARN of the role of a deliverer; undefined when none is made. */
  readonly roleArn: (deliverer: string) => string | undefined;
}

/** A secret whose value a person gives; only its container is made by Terraform. */
export interface SecretDeclaration {
  readonly title: string;
  readonly fields: readonly string[];
  /** Without a value the stages that use it fall back instead of failing. */
  readonly optional?: boolean;
}

/** When a stage starts by itself: a rate, or an AWS cron expression in UTC. */
export type Trigger =
  | { readonly kind: 'rate'; readonly minutes: number }
  | { readonly kind: 'cron'; readonly expression: string };

export interface StageDeclaration {
  readonly title: string;
  /** Starts by itself. Exactly one of `on` and `after`. */
  readonly on?: Trigger;
  /** Starts when that stage of the same feed has ended. */
  readonly after?: string;
  /**
   * What it reads: `<bucket>/<prefix>` of this feed's buckets, or `<external>/`.
   * The stage's role may list and get exactly these.
   */
  readonly reads?: readonly string[];
  /** What it writes, in the same form. The role may put and delete exactly these. */
  readonly writes?: readonly string[];
  /** Names of this feed's secrets whose values it may read. */
  readonly secrets?: readonly string[];
  /** Names of this feed's tables that it loads; `all` where only the parameters know them. */
  readonly tables?: readonly string[] | 'all';
  /** Memory of its task in MiB; with `vcpu` a pair that Fargate allows. */
  readonly memoryMiB: number;
  /** Virtual CPUs of its task. */
  readonly vcpu: 0.25 | 0.5 | 1 | 2 | 4 | 8 | 16;
  /** Longest time one run may take, in minutes. */
  readonly timeoutMinutes: number;
  /** Units worked at the same time in one process. */
  readonly concurrency?: number;
  /** The run fails, before later stages publish, when more than this share of rows is rejected. */
  readonly rejectLimit?: RejectLimit;
  readonly run: () => Promise<{ readonly default: StageCode<never> }>;
}

export interface RejectLimit {
  /** Rejected rows / (rows in − dropped rows), 0 to 1. */
  readonly share: number;
  /** Rows of a day, without dropped ones, below which the share says nothing and is not judged. */
  readonly fromRows: number;
}

/** Default of `rejectLimit`: 1 % of at least 100 rows. */
export const DEFAULT_REJECT_LIMIT: RejectLimit = { share: 0.01, fromRows: 100 };

type Tables = Readonly<Record<string, TableDeclaration>>;

interface TablesOf<P> {
  of(params: P): Tables;
}

/**
 * Functions of the parameters are written as methods, so that a feed with its own type of parameters
 * is a `FeedDeclaration` as well.
 */
export interface FeedDeclaration<P = unknown, S extends string = string> {
  /** Lower case and hyphens; folder under `etl/`, prefix of bucket aliases, word on the command line. */
  readonly name: string;
  readonly title: string;
  /** Validates the feed's section of the configuration; `describe()` texts are the wizard's questions. */
  readonly params: z.ZodType<P>;
  /**
   * Parameters that may be the name of a file, which leads from the configuration's folder, and what such a
   * name looks like. Its text takes its place as soon as the configuration is read: a stage knows no name.
   */
  readonly textFiles?: Readonly<Record<string, RegExp>>;
  readonly buckets: Readonly<Record<string, PrivateBucket<P>>>;
  readonly external?: Readonly<Record<string, ExternalBucket<P>>>;
  readonly deliverers?: Readonly<Record<string, Deliverer<P>>>;
  readonly logDeliveries?: Readonly<Record<string, LogDelivery<P>>>;
  readonly dataSets?: Readonly<Record<string, DataSet<P>>>;
  /** What is to be set up on the other side, as text for a person. */
  guide?(facts: GuideFacts<P>): string;
  readonly secrets?: Readonly<Record<string, SecretDeclaration>>;
  /** The tables that its stages load, by name; a function where the parameters shape them. */
  readonly tables?: Tables | TablesOf<P>['of'];
  /** Days before a run's day that a scheduled run looks at again, and days after it. */
  window?(params: P): { readonly back: number; readonly ahead: number };
  /** In the order in which they run. */
  readonly stages: Readonly<Record<S, StageDeclaration>>;
}

/** A rate trigger. @param minutes at least 1 */
export const everyMinutes = (minutes: number): Trigger => ({ kind: 'rate', minutes });

/** A cron trigger: AWS's six fields, UTC, without the word `cron`. */
export const cron = (expression: string): Trigger => ({ kind: 'cron', expression });

/** The tables that a stage loads, as its feed's parameters have them. */
export const tablesOf = <P>(
  { tables = {} }: FeedDeclaration<P>,
  stage: StageDeclaration,
  params: P,
): readonly TableDeclaration[] => {
  const all = typeof tables === 'function' ? tables(params) : tables;
  return stage.tables === 'all'
    ? Object.values(all)
    : (stage.tables ?? []).flatMap((name) => all[name] ?? []);
};

/** Alias of a feed's own bucket or secret, as `--local` folders, wiring and documentation name it. */
export const aliasOf = (feed: string, name: string): string => `${feed}-${name}`;

/** Real names of the buckets that take the place of a feed's own, by alias. */
export const adoptedBuckets = <P>(feed: FeedDeclaration<P>, params: P): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(feed.buckets).flatMap(([name, bucket]) => {
      const adopted = bucket.adopts?.(params);
      return adopted === undefined ? [] : [[aliasOf(feed.name, name), adopted] as const];
    }),
  );

type Wanted<T, W> = readonly (readonly [name: string, declared: T, wanted: W])[];

const wanted = <T, W>(
  declared: Readonly<Record<string, T>> = {},
  want: (one: T) => W | undefined,
): Wanted<T, W> =>
  Object.entries(declared).flatMap(([name, one]) => {
    const what = want(one);
    return what === undefined ? [] : [[name, one, what] as const];
  });

/** Deliverers for whom the parameters want a role, by name, each with its external id. */
export const deliverersOf = <P>(feed: FeedDeclaration<P>, params: P): Wanted<Deliverer<P>, string> =>
  wanted(feed.deliverers, (deliverer) => deliverer.externalId(params));

/** Deliveries of log events that the parameters want, by name, each with its log group. */
export const logDeliveriesOf = <P>(
  feed: FeedDeclaration<P>,
  params: P,
): Wanted<LogDelivery<P>, SourceLogGroup> => wanted(feed.logDeliveries, (delivery) => delivery.group(params));

/** Data sets that the parameters want, by name, each with the ARNs of those who may build on it. */
export const dataSetsOf = <P>(feed: FeedDeclaration<P>, params: P): Wanted<DataSet<P>, readonly string[]> =>
  wanted(feed.dataSets, (dataSet) => {
    const users = dataSet.users(params);
    return users.length === 0 ? undefined : users;
  });

/** Alias of the environment's bucket for ledger, run records and quarantine. */
export const OPERATIONS = 'operations';
