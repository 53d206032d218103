import { usageError } from '../errors/errors.ts';
import type { FeedDeclaration, StageDeclaration } from './feed.ts';
import { splitPath } from './locate.ts';
import { sizeProblem } from './task-size.ts';

/** Feeds' names that would meet those of other stacks, or with a bucket's or stage's those of shared resources. */
const TAKEN_BY_STACKS = ['foundation', 'host', 'warehouse'];
const TAKEN_BY_SHARED = ['access', 'cluster', 'flow', 'shared'];
/** Stages' names that would give a role the name of the one that starts them. */
const TAKEN_BY_ROLES = ['pipeline', 'schedules'];

/**
 * Checks a declaration when it is loaded, so that a slip is an error of its author and not of a run.
 * @returns the same declaration
 * @throws INVALID_FEED_DECLARATION naming every slip at once
 */
export const defineFeed = <P>(feed: FeedDeclaration<P>): FeedDeclaration<P> => {
  const slips = [
    ...(isWord(feed.name) ? [] : [`the name ${feed.name} is not lower case with hyphens`]),
    ...(TAKEN_BY_STACKS.includes(feed.name) ? [`the name ${feed.name} is that of a stack`] : []),
    ...(TAKEN_BY_SHARED.includes(feed.name) ? [`the name ${feed.name} is taken by what feeds share`] : []),
    ...Object.keys(feed.external ?? {})
      .filter((name) => Object.hasOwn(feed.buckets, name))
      .map((name) => `${name} names a bucket of its own and an external one`),
    ...othersOf(feed).flatMap(({ kind, name, verb, paths }) =>
      [
        ...(isWord(name) ? [] : ['is not named in lower case with hyphens']),
        ...slipsOfPaths(verb, paths, Object.keys(feed.buckets)),
      ].map((slip) => `${kind} ${name} ${slip}`),
    ),
    ...Object.keys(feed.logDeliveries ?? {})
      .filter((name) => Object.hasOwn(feed.deliverers ?? {}, name))
      .map((name) => `${name} names a deliverer and a log delivery`),
    ...secondPipelines(feed).map((name) => `stage ${name} begins a second pipeline`),
    ...Object.entries(feed.stages).flatMap(([name, stage], position) =>
      slipsOf(feed, name, stage, position).map((slip) => `stage ${name} ${slip}`),
    ),
  ];
  if (slips.length === 0) return feed;
  throw usageError({
    code: 'INVALID_FEED_DECLARATION',
    message: `The declaration of the feed ${feed.name} is wrong: ${slips.join('; ')}.`,
    hint: `Mend etl/${feed.name}/feed.ts; etl/feed.ts explains each field, docs/guides/add-a-feed.md shows them at work.`,
    details: { feed: feed.name, slips },
  });
};

const isWord = (name: string): boolean => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);

/** Those beside the stages who get a role of their own, and the paths that it opens to them. */
const othersOf = <P>({ deliverers = {}, logDeliveries = {}, dataSets = {} }: FeedDeclaration<P>) => [
  ...Object.entries(deliverers).map(([name, { writes }]) => ({
    kind: 'deliverer',
    name,
    verb: 'writes',
    paths: writes,
  })),
  ...Object.entries(logDeliveries).map(([name, { to }]) => ({
    kind: 'log delivery',
    name,
    verb: 'goes to',
    paths: [to],
  })),
  ...Object.entries(dataSets).map(([name, { published }]) => ({
    kind: 'data set',
    name,
    verb: 'shows',
    paths: [published],
  })),
];

/** Stages beyond the first that start by themselves and have followers: a feed has one pipeline. */
const secondPipelines = <P>({ stages }: FeedDeclaration<P>): readonly string[] => {
  const followed = new Set(Object.values(stages).map(({ after }) => after));
  return Object.keys(stages)
    .filter((name) => stages[name]?.on !== undefined && followed.has(name))
    .slice(1);
};

const slipsOf = <P>(
  feed: FeedDeclaration<P>,
  name: string,
  stage: StageDeclaration,
  position: number,
): readonly string[] => {
  const size = sizeProblem(stage.vcpu, stage.memoryMiB);
  const earlier = Object.keys(feed.stages).slice(0, position);
  const readable = [...Object.keys(feed.buckets), ...Object.keys(feed.external ?? {})];
  return [
    ...(isWord(name) ? [] : ['is not named in lower case with hyphens']),
    ...(TAKEN_BY_ROLES.includes(name) ? ['has the name of a role that starts stages'] : []),
    ...((stage.on === undefined) === (stage.after === undefined)
      ? ['needs exactly one of on and after']
      : []),
    ...(stage.after === undefined || earlier.includes(stage.after)
      ? []
      : [`comes after ${stage.after}, which is no earlier stage`]),
    ...(size === undefined ? [] : [`asks for a task that Fargate lacks: ${size}`]),
    ...slipsOfPaths('reads', stage.reads, readable),
    ...slipsOfPaths('writes', stage.writes, Object.keys(feed.buckets)),
    ...unknownOf('uses the secret', stage.secrets, Object.keys(feed.secrets ?? {})),
    ...(stage.tables === 'all' || typeof feed.tables === 'function'
      ? []
      : unknownOf('loads the table', stage.tables, Object.keys(feed.tables ?? {}))),
  ];
};

/** @param known names of the buckets in which a path may lie */
const slipsOfPaths = (
  verb: string,
  paths: readonly string[] = [],
  known: readonly string[],
): readonly string[] => [
  ...paths
    .filter((path) => !path.endsWith('/'))
    .map((path) => `${verb} ${path}, which does not end in a slash`),
  ...unknownOf(
    verb,
    paths.filter((path) => path.includes('/')).map((path) => splitPath(path)[0]),
    known,
  ),
];

const unknownOf = (
  verb: string,
  names: readonly string[] = [],
  known: readonly string[],
): readonly string[] =>
  names
    .filter((name) => !known.includes(name))
    .map((name) => `${verb} ${name}, which is not declared (declared: ${known.join(', ') || 'none'})`);
