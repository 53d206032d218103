import { usageError } from '../../errors/errors.ts';
import { bucketName, deliveryPurpose, roleArn } from '../../config/names.ts';
import { aliasOf, deliverersOf } from '../../etl/feed.ts';
import { feeds, findFeed } from '../../etl/feeds.ts';
import type { Invocation, Outcome } from '../command.ts';
import { paramsIn } from '../feed-run.ts';
import { openProject } from '../project.ts';

/** `guide FEED`: what is to be set up on the other side of a feed, with the real names of the environment. */
export const guide = async (invocation: Invocation, _: object, name: string): Promise<Outcome> => {
  const feed = findFeed(name);
  if (feed.guide === undefined) {
    const guided = feeds.filter((known) => known.guide !== undefined).map((known) => known.name);
    throw usageError({
      code: 'NO_GUIDE',
      message: `The feed ${feed.name} needs nothing to be set up on the other side.`,
      hint: `There are guides for: ${guided.join(', ')}.`,
      details: { feed: feed.name },
    });
  }
  const { environment } = await openProject(invocation);
  const params = paramsIn(environment, feed, {});
  const text = feed.guide({
    params,
    region: environment.region,
    bucket: (bucket) => bucketName(environment, aliasOf(feed.name, bucket)),
    roleArn: (deliverer) =>
      deliverersOf(feed, params).some(([name]) => name === deliverer)
        ? roleArn(environment, deliveryPurpose(feed.name, deliverer))
        : undefined,
  });
  return { document: { feed: feed.name, environment: environment.name, guide: text }, text };
};
