import type { Environment } from '../../config/environment.ts';
import { arnOf, bucketArn } from '../../config/names.ts';
import { text, type Block } from './attributes.ts';

/**
 * References between resources, brought into one form: what the configuration says where it says it,
 * a name or an ARN; `@{stack:address.attribute}` for what AWS alone knows; `?{stack:expression}` for
 * what leads nowhere or is too clever to follow. Two texts in this form are equal exactly when they
 * name the same thing, in whichever stack, by reference or by name.
 */

interface Declared {
  readonly type: string;
  readonly values: Block;
}

export interface StackJson {
  readonly name: string;
  readonly terraform: Block;
  readonly outputs: Readonly<Record<string, Block>>;
  /** By address: `aws_s3_bucket.logs`, `data.aws_ami.host`. */
  readonly declared: ReadonlyMap<string, Declared>;
}

/** The attribute that names a resource, where it is not `name`. */
const NAMED_BY: Readonly<Record<string, string>> = {
  aws_s3_bucket: 'bucket',
  aws_ecs_task_definition: 'family',
  aws_lambda_function: 'function_name',
  aws_msk_cluster: 'cluster_name',
  aws_redshift_cluster: 'cluster_identifier',
  aws_redshiftserverless_namespace: 'namespace_name',
  aws_redshiftserverless_workgroup: 'workgroup_name',
};

/** ARNs that follow from a name. */
const ARNS: Readonly<Record<string, (env: Environment, name: string) => string>> = {
  aws_s3_bucket: (env, name) => bucketArn(env, name),
  aws_iam_role: (env, name) => arnOf(env, 'iam', `role/${name}`),
  aws_iam_user: (env, name) => arnOf(env, 'iam', `user/${name}`),
  aws_iam_group: (env, name) => arnOf(env, 'iam', `group/${name}`),
  aws_iam_policy: (env, name) => arnOf(env, 'iam', `policy/${name}`),
  aws_cloudwatch_log_group: (env, name) => arnOf(env, 'logs', `log-group:${name}`),
  aws_sqs_queue: (env, name) => arnOf(env, 'sqs', name),
  aws_sns_topic: (env, name) => arnOf(env, 'sns', name),
  aws_sfn_state_machine: (env, name) => arnOf(env, 'states', `stateMachine:${name}`),
  aws_ecr_repository: (env, name) => arnOf(env, 'ecr', `repository/${name}`),
  aws_ecs_cluster: (env, name) => arnOf(env, 'ecs', `cluster/${name}`),
  aws_lambda_function: (env, name) => arnOf(env, 'lambda', `function:${name}`),
  aws_kinesis_firehose_delivery_stream: (env, name) => arnOf(env, 'firehose', `deliverystream/${name}`),
};

/** Types whose `id` is their name. */
const ID_IS_NAME = new Set([
  'aws_s3_bucket',
  'aws_iam_role',
  'aws_iam_instance_profile',
  'aws_iam_user',
  'aws_iam_group',
  'aws_cloudwatch_log_group',
  'aws_ecr_repository',
]);

export const nameAttribute = (type: string): string => NAMED_BY[type] ?? 'name';

const TEMPLATE = /\$?\$\{([^}]*)\}/g;
const TRAVERSAL = /^((?:data\.)?[a-z]\w*\.[\w-]+)((?:\.[\w-]+|\["[^"]+"\]|\[\d+\])+)$/;
const STEP = /\.([\w-]+)|\["([^"]+)"\]|\[(\d+)\]/g;
const MOST_STEPS = 20;

/** Brings texts of a set of stacks into the one form. */
export class References {
  readonly #env: Environment;
  readonly #stacks: readonly StackJson[];

  constructor(env: Environment, stacks: readonly StackJson[]) {
    this.#env = env;
    this.#stacks = stacks;
  }

  /** @param stack in which the text stands */
  follow(stack: StackJson, template: string, depth = 0): string {
    return template.replace(TEMPLATE, (whole, expression: string) => {
      if (whole.startsWith('$$')) return whole.slice(1);
      return this.#one(stack, expression.trim(), depth);
    });
  }

  #one(stack: StackJson, expression: string, depth: number): string {
    const nowhere = `?{${stack.name}:${expression.replaceAll('"', "'")}}`;
    const [, address, rest] = TRAVERSAL.exec(expression) ?? [];
    if (address === undefined || rest === undefined || depth > MOST_STEPS) return nowhere;
    const steps = [...rest.matchAll(STEP)].map(([, name, key, index]) => name ?? key ?? index ?? '');
    const resource = stack.declared.get(address);
    if (resource === undefined) return nowhere;
    if (resource.type === 'data.terraform_remote_state') {
      return this.#output(resource, steps, depth) ?? nowhere;
    }
    const [attribute = ''] = steps;
    const said = this.#said(stack, resource, steps, depth);
    return said ?? `@{${stack.name}:${address}.${attribute}}`;
  }

  /** What the configuration itself says, or what follows from the resource's name. */
  #said(stack: StackJson, { type, values }: Declared, steps: readonly string[], depth: number) {
    const [attribute = ''] = steps;
    const follow = (value: unknown): string | undefined =>
      typeof value === 'string' ? this.follow(stack, value, depth + 1) : undefined;
    const name = follow(values[nameAttribute(type)]);
    if (attribute === 'arn') return name === undefined ? undefined : ARNS[type]?.(this.#env, name);
    if (attribute === 'id') return ID_IS_NAME.has(type) ? name : undefined;
    return follow(deep(values, steps));
  }

  #output(remote: Declared, [kind, name, ...rest]: readonly string[], depth: number): string | undefined {
    const from = this.#stacks.find(({ terraform }) => sameState(remote.values, terraform));
    if (kind !== 'outputs' || name === undefined || from === undefined) return undefined;
    const value = deep(from.outputs[name]?.['value'], rest);
    return typeof value === 'string' ? this.follow(from, value, depth + 1) : undefined;
  }

  /** All texts by which others may name a resource. */
  identities(stack: StackJson, { type, values }: Declared): string[] {
    const own = values[nameAttribute(type)];
    if (typeof own !== 'string') return [];
    const name = this.follow(stack, own);
    const arn = ARNS[type]?.(this.#env, name);
    return arn === undefined ? [name] : [name, arn];
  }
}

const deep = (value: unknown, steps: readonly string[]): unknown =>
  steps.reduce<unknown>(
    (part, step) =>
      typeof part === 'object' && part !== null ? (part as Record<string, unknown>)[step] : undefined,
    value,
  );

/** Whether a remote state reads what a stack's backend writes. */
const sameState = (remote: Block, terraform: Block): boolean =>
  text(remote, 'backend') === 's3'
    ? ['bucket', 'key'].every(
        (part) =>
          text(remote, 'config', part) !== undefined &&
          text(remote, 'config', part) === text(terraform, 'backend', 's3', part),
      )
    : text(remote, 'config', 'path') !== undefined &&
      text(remote, 'config', 'path') === text(terraform, 'backend', 'local', 'path');
