import { z } from 'zod';

const seconds = z.number().positive().max(600);

/** The feed's section of the configuration; the descriptions are the wizard's questions. */
export const fastlyParams = z.strictObject({
  customerId: z
    .string()
    .regex(/^[A-Za-z0-9]+$/, 'a Fastly customer id is letters and digits')
    .optional()
    .describe('Fastly customer id, for the role under which Fastly writes its logs (empty: no role is made)'),
  services: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Ids of the Fastly services that log here, for the comparison with their statistics (none: all)',
    ),
  segmentSeconds: seconds
    .default(6)
    .describe('Seconds of video that a request for a whole .ts segment stands for'),
  rangeSegmentSeconds: seconds
    .default(1.5)
    .describe('Seconds of video that a range request (status 206) for a .ts segment stands for'),
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(0.005)
    .describe('Share by which the bytes of the logs may differ from those of the statistics'),
  lookbackDays: z
    .int()
    .min(0)
    .max(30)
    .default(2)
    .describe('Days before today that a scheduled run looks at again for late files'),
  apiUrl: z.url().default('https://api.fastly.com').describe('Address of the Fastly API'),
});

export type FastlyParams = z.infer<typeof fastlyParams>;
