import { usageError, type PeachesError } from '../errors/errors.ts';

/** A declaration of which no infrastructure can be made. @param why a clause: `stage x has ...` */
export const feedInvalid = (feed: string, why: string): PeachesError =>
  usageError({
    code: 'FEED_INVALID',
    message: `The declaration of feed ${feed} can't be built: ${why}.`,
    hint: `Mend it in etl/${feed}/feed.ts.`,
    details: { feed },
  });
