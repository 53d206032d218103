import type { Environment } from '../../config/environment.ts';
import { arnOf, prefixOf } from '../../config/names.ts';
import type { Statement } from '../document.ts';

/** What the synthesized stacks hold, as far as the deployer's rights follow from it. */
export interface Deployed {
  /** Types of resources and data sources, `aws_sqs_queue`, `data.aws_availability_zones`. */
  readonly types: readonly string[];
  /** Names of the roles. */
  readonly roleNames: readonly string[];
  /** Names of the log groups whose events are delivered. */
  readonly deliveredLogGroups: readonly string[];
}

/** Actions that a type needs, and on what. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: (env: Environment, deployed: Deployed) => string | readonly string[];
  readonly condition?: (env: Environment) => NonNullable<Statement['Condition']>;
}

/** What a type of resource or data source needs, by type. */
export type Grants = Readonly<Record<string, readonly Grant[]>>;

/** @param verbs of one service, with spaces between them */
export const grant = (
  service: string,
  verbs: string,
  resources: Grant['resources'],
  condition?: Grant['condition'],
): Grant => ({
  actions: verbs.split(' ').map((verb) => `${service}:${verb}`),
  resources,
  ...(condition === undefined ? {} : { condition }),
});

/** @param resources of the service; `@` stands for the prefix of the environment's names */
export const on =
  (service: string, ...resources: readonly string[]) =>
  (env: Environment): string[] =>
    resources.map((resource) => arnOf(env, service, resource.replaceAll('@', prefixOf(env))));

/** Verbs of a service on its own resources, written as for `on`. */
export const ours = (service: string, verbs: string, ...resources: readonly string[]): Grant =>
  grant(service, verbs, on(service, ...resources));

/** For actions that know no resource. */
export const anything = (): string => '*';

/** Some services give ids of their own choosing; what is ours is told by its tags. */
export const made = (env: Environment) => ({
  StringEquals: { 'aws:RequestTag/project': env.project, 'aws:RequestTag/environment': env.name },
});
export const tagged = (env: Pick<Environment, 'project' | 'name'>) => ({
  StringEquals: { 'aws:ResourceTag/project': env.project, 'aws:ResourceTag/environment': env.name },
});

/** The role that a service keeps for itself, made when an account first uses the service. */
export const serviceLinkedRole = (service: string): Grant =>
  ours('iam', 'CreateServiceLinkedRole', `role/aws-service-role/${service}.amazonaws.com/*`);
