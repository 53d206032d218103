import { z } from 'zod';

/**
 * How a worker finds its environment: aliases of the declaration to real names. The stacks put it
 * into each task definition as `PEACHES_WIRING` (JSON); the command line builds the same for a run
 * from this machine. It holds no secret.
 */
export const wiringSchema = z.strictObject({
  project: z.string(),
  environment: z.string(),
  region: z.string(),
  /** Bucket alias to bucket name; external buckets are not in it. */
  buckets: z.record(z.string(), z.string()),
  /** Secret alias to the name of the secret in Secrets Manager. */
  secrets: z.record(z.string(), z.string()),
  /** The feed's validated parameters. */
  params: z.unknown(),
  warehouse: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('redshift'),
        /** Serverless, or a provisioned cluster; its user is the caller's own IAM role. */
        server: z.union([z.strictObject({ workgroup: z.string() }), z.strictObject({ cluster: z.string() })]),
        database: z.string(),
        /** Role that COPY assumes, and where this feed's loads are staged; the prefix ends in `/`. */
        copyRoleArn: z.string(),
        stagingBucket: z.string(),
        stagingPrefix: z.string(),
      }),
      z.strictObject({ kind: z.literal('none') }),
    ])
    .default({ kind: 'none' }),
});

export type Wiring = z.infer<typeof wiringSchema>;
