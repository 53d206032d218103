import { arnOf, type PlaceScope, prefixOf, repositoryName } from '../config/names.ts';
import { policyDocument, type Statement } from './document.ts';

export const PULL_IMAGE = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
];
/** ECR gives its token for the whole registry; the action knows no resource. */
export const REGISTRY_TOKEN = ['ecr:GetAuthorizationToken'];
export const WRITE_LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** What it takes to start a container of the worker: pull its image, open its log stream. */
export const startContainer = (env: PlaceScope): Statement[] => [
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

/** What ECS itself does to start a task. It reads no secret and no bucket; that is the task role's business. */
export const executionPolicy = (env: PlaceScope): string => policyDocument(...startContainer(env));
