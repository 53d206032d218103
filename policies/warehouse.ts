import type { Environment } from '../config/environment.ts';
import { arnOf, type PlaceScope } from '../config/names.ts';
import { LOADS_PREFIX, warehouseServer } from '../config/warehouse.ts';
import { keepDeadLetters, type DeadLetters } from './dead-letters.ts';
import { policyDocument, type Statement } from './document.ts';
import { readBelow } from './objects.ts';
import { DECRYPT, useKey } from './use-key.ts';

type Scope = PlaceScope & Pick<Environment, 'warehouse'>;

const SEND_STATEMENT = ['redshift-data:ExecuteStatement', 'redshift-data:BatchExecuteStatement'];
/** Know no resource; whoever sent a statement may ask after it. */
const FOLLOW_STATEMENT = [
  'redshift-data:DescribeStatement',
  'redshift-data:GetStatementResult',
  'redshift-data:CancelStatement',
];
/** The second dollar sign keeps Terraform from taking IAM's variable for its own. */
const OWN_STATEMENTS = { StringEquals: { 'redshift-data:statement-owner-iam-userid': '$${aws:userid}' } };

/** Who COPY is: the warehouse, working for a database user of its own. */
export const copyTrustPolicy = (env: Scope): string => {
  const { server } = warehouseServer(env);
  const name = 'cluster' in server ? server.cluster : server.workgroup;
  return policyDocument(
    ...['redshift', 'redshift-serverless'].map((service, index): Statement => ({
      Sid: `Users${index}OfTheWarehouse`,
      Effect: 'Allow',
      Principal: { Service: `${service}.amazonaws.com` },
      Action: 'sts:AssumeRole',
      Condition: { StringLike: { 'sts:ExternalId': arnOf(env, 'redshift', `dbuser:${name}/*`) } },
    })),
  );
};

/** What COPY may do: read what was staged to be loaded. */
export const copyPolicy = (
  env: Scope,
  { bucketArn, dataKeyArn }: { readonly bucketArn: string; readonly dataKeyArn: string },
): string =>
  policyDocument(
    ...readBelow('Loads', { bucketArn, prefix: LOADS_PREFIX }),
    useKey('DecryptLoads', DECRYPT, { keyArn: dataKeyArn, region: env.region }, 's3'),
  );

/** @param workgroupArn of Serverless, whose ARN holds an id that AWS gives; `*` for any of the account */
const serverArns = (
  env: Scope,
  workgroupArn: string,
): { readonly server: string; readonly login: string } => {
  const { server, database } = warehouseServer(env);
  return 'cluster' in server
    ? {
        server: arnOf(env, 'redshift', `cluster:${server.cluster}`),
        login: arnOf(env, 'redshift', `dbname:${server.cluster}/${database}`),
      }
    : { server: workgroupArn, login: workgroupArn };
};

const logIn = (env: Scope): string[] => [
  'cluster' in warehouseServer(env).server
    ? 'redshift:GetClusterCredentialsWithIAM'
    : 'redshift-serverless:GetCredentials',
];

/** What a stage that loads tables does: log in as its own role, send statements, follow its own. */
export const loadStatements = (env: Scope, workgroupArn: string): Statement[] => {
  const { server, login } = serverArns(env, workgroupArn);
  return [
    { Sid: 'LogInToWarehouse', Effect: 'Allow', Action: logIn(env), Resource: login },
    { Sid: 'SendStatements', Effect: 'Allow', Action: SEND_STATEMENT, Resource: server },
    {
      Sid: 'FollowOwnStatements',
      Effect: 'Allow',
      Action: FOLLOW_STATEMENT,
      Resource: '*',
      Condition: OWN_STATEMENTS,
    },
  ];
};

const TAKE_SNAPSHOT = ['redshift-serverless:CreateSnapshot'];

/** The same for whatever workgroup the environment comes to have: its id is known only when it is there. */
export const warehouseBoundary = (env: Scope): Statement[] =>
  env.warehouse === 'none'
    ? []
    : [
        ...loadStatements(env, arnOf(env, 'redshift-serverless', 'workgroup/*')),
        {
          Sid: 'TakeSnapshots',
          Effect: 'Allow',
          Action: TAKE_SNAPSHOT,
          Resource: ['namespace', 'snapshot'].map((kind) => arnOf(env, 'redshift-serverless', `${kind}/*`)),
        },
      ];

/** What the daily snapshot needs. */
export const snapshotPolicy = (env: Scope, namespaceArn: string, deadLetters: DeadLetters): string =>
  policyDocument(
    {
      Sid: 'TakeSnapshots',
      Effect: 'Allow',
      Action: TAKE_SNAPSHOT,
      Resource: [namespaceArn, arnOf(env, 'redshift-serverless', 'snapshot/*')],
    },
    ...keepDeadLetters(env.region, deadLetters),
  );
