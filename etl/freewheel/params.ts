import { z } from 'zod';
import { widthOf } from '../runtime/plain-cells.ts';
import { capacityTable } from './tables.ts';

const word = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z][a-z0-9_-]*$/, 'a class is a word of letters, digits, _ and -');

/** The feed's section of the configuration; the descriptions are the wizard's questions. */
export const freewheelParams = z.strictObject({
  networkId: z
    .string()
    .regex(/^\d+$/, 'a network id is digits only')
    .describe('FreeWheel network id (the number in your log folder, for instance 171213)'),
  classes: z
    .array(word.max(widthOf(capacityTable.columns.class) ?? 0))
    .min(1)
    .refine((classes) => new Set(classes).size === classes.length, 'a class is named twice')
    .default(['preroll', 'midroll', 'overlay'])
    .describe('Break classes to report on'),
  lookbackDays: z
    .int()
    .min(0)
    .max(30)
    .default(3)
    .describe('Days before today that a scheduled run looks at again for late files'),
  rawFormat: z
    .enum(['gzip', 'csv'])
    .default('gzip')
    .describe('Keep raw files as they come (gzip) or decompressed (csv)'),
  apiUrl: z
    .url()
    .default('https://api.freewheel.tv')
    .describe('Address of the FreeWheel API that names are read from'),
});

export type FreewheelParams = z.infer<typeof freewheelParams>;
