import { usageError } from '../errors/errors.ts';
import { aliasOf, type FeedDeclaration } from './feed.ts';

/** Where a path of a declaration leads: into a bucket of the environment, or into somebody else's. */
export type Location =
  | { readonly own: { readonly alias: string; readonly prefix: string } }
  | {
      readonly external: {
        /** Its real name. */
        readonly bucket: string;
        readonly prefix: string;
        /** Role that opens it; absent: our own credentials do. */
        readonly roleArn: string | undefined;
      };
    };

/** The name in front of a path's first slash, and what follows it. */
export const splitPath = (path: string): readonly [bucket: string, rest: string] => {
  const slash = path.indexOf('/');
  return [path.slice(0, slash), path.slice(slash + 1)];
};

/**
 * What `<bucket>/<prefix>` means; below an external name the prefix lies under the external's own.
 * @param params of the feed
 * @throws INVALID_FEED_DECLARATION when the feed declares no such bucket
 */
export const locate = <P>(feed: FeedDeclaration<P>, params: P, path: string): Location => {
  const [name, prefix] = splitPath(path);
  if (Object.hasOwn(feed.buckets, name)) return { own: { alias: aliasOf(feed.name, name), prefix } };
  const external = feed.external?.[name];
  if (external !== undefined) {
    return {
      external: {
        bucket: external.bucket,
        prefix: external.prefix(params) + prefix,
        roleArn: external.assumeRole?.(params),
      },
    };
  }
  throw usageError({
    code: 'INVALID_FEED_DECLARATION',
    message: `${path} lies in no bucket of the feed ${feed.name}.`,
    hint: `Declare ${name} under "buckets" or "external" in etl/${feed.name}/feed.ts.`,
    details: { feed: feed.name, path },
  });
};
