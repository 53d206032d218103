import { z } from 'zod';

const region = z.string().regex(/^[a-z0-9-]{1,16}$/, 'a region is a short word in lower case');

/** The feed's section of the configuration; the descriptions are the wizard's questions. */
export const tvMetadataParams = z.strictObject({
  prefix: z
    .string()
    .regex(
      /^([A-Za-z0-9!._'()-]+\/)*[A-Za-z0-9!._'()-]*$/,
      'a prefix is words of letters and digits with slashes',
    )
    .default('')
    .describe('What stands before the date in the names of the documents'),
  regions: z
    .array(region)
    .min(1)
    .refine((regions) => new Set(regions).size === regions.length, 'a region is named twice')
    .default(['be', 'ch', 'nl', 'uk', 'ie'])
    .describe('Regions that deliver a document each'),
  missingRegions: z
    .enum(['report', 'fail'])
    .default('report')
    .describe('When some regions of a day have come and others have not: say so, or fail the day'),
  sentinels: z
    .boolean()
    .default(false)
    .describe(
      'Write -999 for missing whole numbers of series and titles, as older reports expect, instead of NULL',
    ),
  repair: z
    .boolean()
    .default(false)
    .describe('Try to mend damaged elements (doubled characters); every repair is counted'),
  maxRepairs: z
    .int()
    .min(0)
    .default(300)
    .describe('Repairs in one document beyond which it is refused as a whole'),
  lookbackDays: z
    .int()
    .min(0)
    .max(30)
    .default(7)
    .describe('Days before today that a scheduled run looks at again for late documents'),
});

export type TvMetadataParams = z.infer<typeof tvMetadataParams>;
