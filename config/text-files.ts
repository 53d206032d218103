import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../errors/errors.ts';
import type { FeedDeclaration } from '../etl/feed.ts';

/** Whether a parameter names a file in place of its text. */
export const namesFile = (feed: FeedDeclaration, parameter: string, value: unknown): value is string =>
  typeof value === 'string' && feed.textFiles?.[parameter]?.test(value) === true;

/**
 * Puts the texts of files in the place of their names, so that they travel with the parameters.
 * @param folder from which names lead
 * @param report told of a file that can't be read; its parameter is then left out
 */
export const withTexts = (
  feed: FeedDeclaration,
  params: object,
  folder: string,
  report: (parameter: string, message: string) => void,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(params).flatMap(([parameter, value]: [string, unknown]) => {
      if (!namesFile(feed, parameter, value)) return [[parameter, value]];
      const file = resolve(folder, value);
      try {
        return [[parameter, readFileSync(file, 'utf8').replace(/^\uFEFF/u, '')]];
      } catch (error) {
        const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
        report(
          parameter,
          isMissing ? `names ${file}, which is not there` : `names ${file}: ${messageOf(error)}`,
        );
        return [];
      }
    }),
  );
