import type { Environment } from '../config/environment.ts';
import { arnOf, type PlaceScope } from '../config/names.ts';
import { policyDocument, type Statement } from './document.ts';

/** Services that work under a role of ours, and the form of the resources on whose behalf they do. */
const SOURCES = {
  firehose: (env: PlaceScope, name: string) => arnOf(env, 'firehose', `deliverystream/${name}`),
  logs: (env: PlaceScope) => arnOf(env, 'logs', '*'),
  'ecs-tasks': (env: PlaceScope) => arnOf(env, 'ecs', '*'),
  scheduler: (env: PlaceScope, name: string) => arnOf(env, 'scheduler', `schedule-group/${name}`),
  states: (env: PlaceScope, name: string) => arnOf(env, 'states', `stateMachine:${name}`),
  'vpc-flow-logs': (env: PlaceScope) => arnOf(env, 'ec2', 'vpc-flow-log/*'),
} as const;

/**
 * Who may take a role: one service, and only for resources of this account, so that nobody else's
 * schedule or task can borrow it (the confused deputy).
 * @param name of the schedule group, state machine or delivery stream; the other services have no name to give
 */
export const trustPolicy = (env: PlaceScope, service: keyof typeof SOURCES, name = ''): string =>
  policyDocument(trustOfService(env, service, name));

const trustOfService = (env: PlaceScope, service: keyof typeof SOURCES, name: string): Statement => ({
  Sid: 'OnlyOnBehalfOfThisAccount',
  Effect: 'Allow',
  Principal: { Service: `${service}.amazonaws.com` },
  Action: 'sts:AssumeRole',
  Condition: {
    StringEquals: { 'aws:SourceAccount': env.account },
    ArnLike: { 'aws:SourceArn': SOURCES[service](env, name) },
  },
});

/** Services that take a role only for what is in the role's own account, where it was passed to them, and name no source. */
const trustWithoutSource = (Sid: string, service: string): string =>
  policyDocument({
    Sid,
    Effect: 'Allow',
    Principal: { Service: `${service}.amazonaws.com` },
    Action: 'sts:AssumeRole',
  });

/** EC2 for instances. */
export const hostTrustPolicy = (): string => trustWithoutSource('Hosts', 'ec2');

/** QuickSight for data sources. */
export const readerTrustPolicy = (): string => trustWithoutSource('DataSources', 'quicksight');

/**
 * Who may take the role of a stage: ECS for its tasks where it runs them, and whoever else runs stages.
 * @param runnerArns roles and users that run stages elsewhere
 */
export const stageTrustPolicy = (
  env: PlaceScope & Pick<Environment, 'compute'>,
  runnerArns: readonly string[],
): string =>
  policyDocument(
    ...(env.compute === 'ecs' ? [trustOfService(env, 'ecs-tasks', '')] : []),
    ...runnerArns.map((runner, index): Statement => ({
      Sid: `Runner${index}`,
      Effect: 'Allow',
      Principal: { AWS: runner },
      Action: 'sts:AssumeRole',
    })),
  );
