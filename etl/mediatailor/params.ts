import { z } from 'zod';

/** Days after which the events between the stages expire. */
export const EVENTS_EXPIRE_DAYS = 90;

const distinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

const QUICKSIGHT_ARN = /^arn:aws[\w-]*:quicksight:[a-z0-9-]+:\d{12}:(?:user|group)\/\S+$/;

/** The feed's section of the configuration; the descriptions are the wizard's questions. */
export const mediatailorParams = z.strictObject({
  logGroup: z
    .string()
    .regex(/^[\w./#-]{1,512}$/, 'a log group is 1 to 512 letters, digits and . _ - / #')
    .default('MediaTailor/AdDecisionServerInteractions')
    .describe('CloudWatch log group to which MediaTailor writes its ad decision server interactions'),
  logDelivery: z
    .enum(['create', 'existing', 'none'])
    .default('create')
    .describe(
      'Deliver the log group into the bucket: create the group as well, deliver from an existing one, or none',
    ),
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
  quicksightUsers: z
    .array(z.string().regex(QUICKSIGHT_ARN, 'must be the ARN of a user or group of QuickSight'))
    .refine(distinct, 'a user or group is named twice')
    .default([])
    .describe('Users and groups of QuickSight who may build on its data set (none named: there is none)'),
  quicksightRules: z
    .array(z.string().min(1))
    .min(2, 'a rule names somebody and restricts a field')
    .refine(distinct, 'a column is named twice')
    .default(['UserName', 'origin_id'])
    .describe('Columns of permission.csv, in their order, as QuickSight takes them'),
});

export type MediatailorParams = z.infer<typeof mediatailorParams>;
