import { bucketArn, bucketName, type PlaceScope } from '../config/names.ts';
import { OPERATIONS } from '../etl/feed.ts';
import { policyDocument, type Statement } from './document.ts';
import { startContainer } from './execution.ts';
import { readBelow } from './objects.ts';
import { DECRYPT, useKey } from './use-key.ts';

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
): Statement[] => [
  { Sid: 'EnterStages', Effect: 'Allow', Action: ENTER_ROLE, Resource: access.stageRoleArns },
  ...readBelow('Units', { bucketArn: bucketArn(env, bucketName(env, OPERATIONS)), prefix: HOST_UNITS }),
  useKey('DecryptUnits', DECRYPT, { keyArn: access.dataKeyArn, region: env.region }, 's3'),
  ...startContainer(env),
];

/** The role of the host itself. */
export const hostPolicy = (...[env, access]: Parameters<typeof runnerStatements>): string =>
  policyDocument(...runnerStatements(env, access), {
    Sid: 'OpenSessions',
    Effect: 'Allow',
    Action: SESSIONS,
    Resource: '*',
  });
