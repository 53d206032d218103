import { z } from 'zod';
import type { FeedDeclaration } from '../etl/feed.ts';
import type { Environment } from './environment.ts';

/** What may be written in `peaches.config.json`, before inheritance and defaults. */

export const PROJECT_NAME = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;
export const PROJECT_NAME_RULE = '2 to 32 lower-case letters, digits and hyphens, a letter first';
export const ENVIRONMENT_NAME = /^[a-z][a-z0-9-]{0,15}$/;
export const ENVIRONMENT_NAME_RULE = '1 to 16 lower-case letters, digits and hyphens, a letter first';
export const ACCOUNT_ID = /^\d{12}$/;
export const ACCOUNT_ID_RULE = 'twelve digits in quotes';
export const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
export const REGION_RULE = 'a region such as us-east-1';
export const VPC = /^(create|vpc-[0-9a-f]{8,17})$/;
export const VPC_RULE = 'create, or the id of an existing VPC such as vpc-0123456789abcdef0';

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const BUCKET_RULE = 'the name of a bucket';
const POLICY_ARN = /^arn:aws[\w-]*:iam::\d{12}:policy\/[\w+=,.@/-]+$/;
const POLICY_ARN_RULE = 'the ARN of a policy';

/** Chosen where neither the environment nor one that it extends says otherwise. */
export const ENVIRONMENT_DEFAULTS: Pick<
  Environment,
  'target' | 'compute' | 'warehouse' | 'vpc' | 'subnets' | 'protected'
> = {
  target: 'aws',
  compute: 'ecs',
  warehouse: 'none',
  vpc: 'create',
  subnets: [],
  protected: false,
};

const must = (rule: string) => ({ error: `must be ${rule}` });

const WAREHOUSE_NAME_RULE = 'the name of a workgroup or cluster';
const warehouseName = z.string().regex(/^[a-z0-9-]{1,64}$/, must(WAREHOUSE_NAME_RULE));

const feedSections = z.record(
  z.string(),
  z.record(z.string(), z.unknown(), must('an object of parameters')),
  must('an object, one key a feed'),
);

export const environmentSchema = z.strictObject({
  extends: z.string().optional().describe('Environment whose values serve where this one is silent'),
  account: z
    .string(must(ACCOUNT_ID_RULE))
    .regex(ACCOUNT_ID, must(ACCOUNT_ID_RULE))
    .optional()
    .describe('AWS account; commands that write stop when the caller is in another'),
  region: z.string(must(REGION_RULE)).regex(REGION, must(REGION_RULE)).optional().describe('AWS region'),
  target: z.enum(['aws', 'sandbox']).optional().describe('aws, or sandbox for the emulator'),
  compute: z.enum(['ecs', 'ec2']).optional().describe('Where containers run'),
  warehouse: z.enum(['redshift', 'none']).optional().describe('Where tables are loaded'),
  vpc: z.string().regex(VPC, must(VPC_RULE)).optional().describe(VPC_RULE),
  subnets: z
    .array(z.string().regex(/^subnet-[0-9a-f]{8,17}$/, must('the id of a subnet')))
    .optional()
    .describe('Private subnets of the existing VPC'),
  existing: z
    .strictObject({
      cluster: z.string().min(1).optional().describe('Name of an ECS cluster'),
      buckets: z
        .record(z.string(), z.string().regex(BUCKET, must(BUCKET_RULE)))
        .optional()
        .describe('Names of buckets by their aliases, such as freewheel-logs'),
      boundary: z
        .string()
        .regex(POLICY_ARN, must(POLICY_ARN_RULE))
        .optional()
        .describe('ARN of the policy that bounds every role'),
      warehouse: z
        .union([
          z.strictObject({ workgroup: warehouseName, database: z.string().min(1) }),
          z.strictObject({ cluster: warehouseName, database: z.string().min(1) }),
        ])
        .optional()
        .describe('A Redshift Serverless workgroup or a cluster, and the database in it'),
      catalogEncryption: z
        .boolean()
        .optional()
        .describe("The account's Glue catalog is encrypted already, for all environments at once"),
    })
    .optional()
    .describe('What is used as it is: never changed, never destroyed'),
  redshift: z
    .strictObject({
      baseCapacity: z
        .number()
        .int()
        .min(8, must('8 or more'))
        .max(1024, must('1024 or less'))
        .multipleOf(8, must('a multiple of 8'))
        .optional()
        .describe('Redshift Processing Units that a query starts with; default 8'),
      monthlyRpuHours: z
        .number()
        .int()
        .positive(must('above zero'))
        .optional()
        .describe('RPU hours in a month after which queries are refused; default 640'),
      snapshotDays: z
        .number()
        .int()
        .min(7, must('7 or more'))
        .optional()
        .describe('Days for which a daily snapshot is kept; default 7'),
      athenaScanGiB: z
        .number()
        .int()
        .positive(must('above zero'))
        .optional()
        .describe('GiB that one Athena query may read; default 100'),
    })
    .optional()
    .describe('Size and bounds of the warehouse'),
  user: z
    .strictObject({
      reason: z.string().min(20, must('at least 20 characters')).describe('Why no role serves'),
      expires: z.iso
        .date(must('a day such as 2027-01-31'))
        .describe('The last day on which there may be one'),
    })
    .optional()
    .describe('An IAM user for a host outside AWS; its key is made by secrets rotate'),
  protected: z.boolean().optional().describe('Refuses destroy, whatever the flags'),
  deleteData: z
    .boolean()
    .optional()
    .describe(
      'Lets destroy --delete-data delete buckets that hold objects; else they are kept. Default: only in the sandbox',
    ),
  waivers: z
    .array(
      z.strictObject({
        rule: z.string().describe('Id of the rule, T37'),
        address: z.string().describe('Addresses that may break it; * stands for any text'),
        reason: z.string().describe('Why it may, at least 20 characters'),
        expires: z.string().describe('The last day on which it holds, 2027-01-31'),
      }),
    )
    .optional()
    .describe('Leave to break a rule of docs/rules.md in one place'),
  alarmEmail: z.email(must('an e-mail address')).optional().describe('Who is told of failed runs'),
  monthlyBudgetUsd: z
    .number()
    .positive(must('above zero'))
    .optional()
    .describe('Monthly budget in US dollars; its alarm goes to alarmEmail'),
  feeds: feedSections.optional().describe('Feed parameters that differ in this environment'),
});

export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z
    .string(must(PROJECT_NAME_RULE))
    .regex(PROJECT_NAME, must(PROJECT_NAME_RULE))
    .describe("The project's name, first part of every resource's name"),
  default: z.string().optional().describe('Environment that is meant when --env is absent'),
  environments: z
    .record(
      z.string().regex(ENVIRONMENT_NAME, must(ENVIRONMENT_NAME_RULE)),
      environmentSchema,
      must('an object, one key an environment'),
    )
    .refine((all) => Object.keys(all).length > 0, must('at least one environment')),
  feeds: feedSections.default({}).describe('The selected feeds and their parameters'),
});

export type EnvironmentEntry = z.infer<typeof environmentSchema>;
export type ConfigEntry = z.infer<typeof configSchema>;

/**
 * The JSON Schema that editors complete the file with; feeds' parameters come from their declarations.
 * No parameter is required in it, since an environment may give what the feed's own section leaves out.
 */
export const publishedSchema = (feeds: readonly FeedDeclaration[]): object => {
  const sections = {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      feeds.map((feed) => {
        const params = z.toJSONSchema(feed.params, { io: 'input' });
        delete params.$schema;
        delete params.required;
        return [feed.name, { ...params, title: feed.title }];
      }),
    ),
  };
  const { $schema, ...schema } = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema !== (feedSections as unknown)) return;
      delete jsonSchema.propertyNames;
      Object.assign(jsonSchema, sections);
    },
  });
  return { $schema, title: 'peaches.config.json', ...schema };
};
