import { z } from 'zod';

const distinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

/** The feed's section of the configuration; the descriptions are the wizard's questions. */
export const mediatailorParams = z.strictObject({
  logGroup: z
    .string()
    .regex(/^[\w./#-]{1,512}$/, 'a log group is 1 to 512 letters, digits and . _ - / #')
    .default('MediaTailor/AdDecisionServerInteractions')
    .describe('CloudWatch log group to which MediaTailor writes its ad decision server interactions'),
  accounts: z
    .array(z.string().regex(/^\d{12}$/, 'an account id is 12 digits'))
    .refine(distinct, 'an account is named twice')
    .default([])
    .describe('AWS accounts whose log events count (none named: all)'),
  origins: z
    .array(z.string().min(1))
    .refine(distinct, 'a playback configuration is named twice')
    .default([])
    .describe('Playback configurations (origin ids) to report on (none named: all)'),
  beaconUri: z
    .enum(['host', 'full'])
    .default('host')
    .describe('Keep of a beacon address its scheme and host only (host) or all of it (full)'),
  lateHours: z
    .int()
    .min(1)
    .max(240)
    .default(25)
    .describe('Hours after the end of a day in which its events may still arrive'),
});

export type MediatailorParams = z.infer<typeof mediatailorParams>;
