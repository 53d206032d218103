import { usageError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import type { FeedDeclaration } from './feed.ts';
import { cmsLite } from './cms-lite/feed.ts';
import { fastly } from './fastly/feed.ts';
import { freewheel } from './freewheel/feed.ts';
import { mediatailor } from './mediatailor/feed.ts';
import { tvMetadata } from './tv-metadata/feed.ts';

/** The register: every feed that peaches knows. */
export const feeds: readonly FeedDeclaration[] = [freewheel, mediatailor, tvMetadata, fastly, cmsLite];

/** @throws UNKNOWN_FEED */
export const findFeed = (name: string): FeedDeclaration => {
  const feed = feeds.find((candidate) => candidate.name === name);
  if (feed !== undefined) return feed;
  const names = feeds.map((known) => known.name);
  throw usageError({
    code: 'UNKNOWN_FEED',
    message: `There is no feed ${name}.${didYouMean(name, names)}`,
    hint: `Known feeds: ${names.join(', ')}.`,
    details: { feed: name },
  });
};
