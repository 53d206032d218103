import { usageError } from '../errors/errors.ts';
import type { FeedDeclaration } from '../etl/feed.ts';
import type { Link } from './inherit.ts';
import type { ConfigEntry } from './schema.ts';
import type { Path } from './source.ts';
import { didYouMean } from '../errors/suggest.ts';
import { withTexts } from './text-files.ts';
import { zodProblems } from './zod-problems.ts';

/**
 * Parameters of every selected feed in one environment: the feed's own section, over it what the
 * environments of the chain say, validated by the declaration. A mistake is reported where it is written.
 * @param folder of the configuration
 */
export const resolveFeeds = (
  sections: ConfigEntry['feeds'],
  chain: readonly Link[],
  feeds: readonly FeedDeclaration[],
  folder: string,
  report: (path: Path, message: string) => void,
): Record<string, unknown> => {
  const layers = [
    { path: ['feeds'], sections },
    ...chain.map(({ name, entry }) => ({
      path: ['environments', name, 'feeds'],
      sections: entry.feeds ?? {},
    })),
  ];
  const resolved: Record<string, unknown> = {};
  for (const name of new Set(layers.flatMap((layer) => Object.keys(layer.sections)))) {
    const saying = layers.filter((layer) => Object.hasOwn(layer.sections, name));
    const feed = feeds.find((candidate) => candidate.name === name);
    if (feed === undefined) {
      const known = feeds.map((candidate) => candidate.name);
      const message = `is no feed.${didYouMean(name, known)} Feeds: ${known.join(', ')}.`;
      for (const layer of saying) report([...layer.path, name], message);
      continue;
    }
    const reportHere = ([key, ...inner]: Path, message: string): void => {
      const layer =
        saying.findLast((one) => key !== undefined && Object.hasOwn(one.sections[name] ?? {}, key)) ??
        saying[0];
      const at = key === undefined ? [] : [key, ...inner];
      report([...(layer?.path ?? ['feeds']), name, ...at], message);
    };
    const said = Object.assign({}, ...saying.map((layer) => layer.sections[name])) as object;
    const merged = withTexts(feed, said, folder, (key, message) => reportHere([key], message));
    const parsed = feed.params.safeParse(merged, { reportInput: true });
    if (parsed.success) {
      resolved[name] = parsed.data;
      continue;
    }
    for (const { path, message } of zodProblems(parsed.error, feed.params)) reportHere(path, message);
  }
  return resolved;
};

/**
 * Validates parameters that come from elsewhere than the configuration.
 * @throws PARAMS_INVALID with every parameter that is wrong
 */
export const checkFeedParams = (feed: FeedDeclaration, params: object): unknown => {
  const parsed = feed.params.safeParse(params, { reportInput: true });
  if (parsed.success) return parsed.data;
  const problems = zodProblems(parsed.error, feed.params);
  const first = problems[0]?.path.join('.') ?? 'PARAM';
  throw usageError({
    code: 'PARAMS_INVALID',
    message: `Parameters of ${feed.name}: ${problems.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}.`,
    hint: `Make a configuration with \`peaches init\`, or add --set ${feed.name}.${first}=VALUE.`,
    details: { feed: feed.name, problems },
  });
};
