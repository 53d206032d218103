import { arnOf, bucketArn, bucketName, type PlaceScope, prefixOf, repositoryName } from '../config/names.ts';
import { OPERATIONS } from '../etl/feed.ts';
import { policyDocument, type Statement } from './document.ts';
import { PULL_IMAGE, REGISTRY_TOKEN, WRITE_LOG } from './execution.ts';
import { LIST_OBJECTS, READ_OBJECTS } from './stage.ts';

/** Where in the bucket of operations the deployment keeps the units of the host. */
export const HOST_UNITS = 'host/';

export const ENTER_ROLE = ['sts:AssumeRole'];
/** What the agent of Session Manager needs; these actions know no resource. */
export const SESSIONS = [
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
];

/**
 * What runs stages outside ECS may do by itself: learn what to run, pull the image, deliver the log, and
 * take the role of a stage for the stage's container. It reads no data and no secret of a feed.
 */
export const runnerStatements = (
  env: PlaceScope,
  access: { readonly stageRoleArns: readonly string[]; readonly dataKeyArn: string },
): Statement[] => {
  const operations = bucketArn(env, bucketName(env, OPERATIONS));
  return [
    { Sid: 'EnterStages', Effect: 'Allow', Action: ENTER_ROLE, Resource: access.stageRoleArns },
    {
      Sid: 'ListUnits',
      Effect: 'Allow',
      Action: LIST_OBJECTS,
      Resource: operations,
      Condition: { StringLike: { 's3:prefix': [`${HOST_UNITS}*`] } },
    },
    {
      Sid: 'ReadUnits',
      Effect: 'Allow',
      Action: READ_OBJECTS,
      Resource: `${operations}/${HOST_UNITS}*`,
    },
    {
      Sid: 'DecryptUnits',
      Effect: 'Allow',
      Action: ['kms:Decrypt'],
      Resource: access.dataKeyArn,
      Condition: { StringEquals: { 'kms:ViaService': [`s3.${env.region}.amazonaws.com`] } },
    },
    { Sid: 'RegistryToken', Effect: 'Allow', Action: REGISTRY_TOKEN, Resource: '*' },
    {
      Sid: 'PullImage',
      Effect: 'Allow',
      Action: PULL_IMAGE,
      Resource: arnOf(env, 'ecr', `repository/${repositoryName(env, 'worker')}`),
    },
    {
      Sid: 'WriteLog',
      Effect: 'Allow',
      Action: WRITE_LOG,
      Resource: arnOf(env, 'logs', `log-group:/${prefixOf(env)}/*:log-stream:*`),
    },
  ];
};

/** The role of the host itself. */
export const hostPolicy = (...[env, access]: Parameters<typeof runnerStatements>): string =>
  policyDocument(...runnerStatements(env, access), {
    Sid: 'OpenSessions',
    Effect: 'Allow',
    Action: SESSIONS,
    Resource: '*',
  });
