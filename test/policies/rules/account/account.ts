import type { Block } from '../../../../policies/rules/attributes.ts';
import type { Declarations } from '../../../../policies/rules/declarations.ts';
import { Model } from '../../../../policies/rules/model.ts';
import type { Environment } from '../../../../config/environment.ts';
import { feed } from './feed.ts';
import { foundation } from './foundation.ts';
import { environment } from './names.ts';
import { stream } from './stream.ts';

/** A small account that breaks no rule, and ways to change one thing in it. */

/**
 * What is changed, by path: `aws_kms_key.data.enable_key_rotation` in whichever stack has the resource,
 * or `foundation/terraform.required_version`. `undefined` takes it away.
 */
export type Changes = Readonly<Record<string, unknown>>;

const declarations: Declarations = {
  externalRoleArns: ['arn:aws:iam::444455556666:role/reader'],
  delivererAccounts: [],
  externalObjects: { demo: ['arn:aws:s3:::somebody-elses-logs/acme/'] },
  existingBuckets: {},
  published: ['arn:aws:s3:::acme-dev-demo-logs-111122223333/published/'],
  logGroups: ['vendor/events'],
  expireDays: { 'acme-dev-demo-logs-111122223333': { 'raw/': 90 } },
};

const DOCUMENTS = new Set(['policy', 'assume_role_policy', 'container_definitions', 'definition']);

/** As Terraform has it: documents are JSON inside a string. */
const written = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      DOCUMENTS.has(name) && typeof part === 'object' ? JSON.stringify(part) : written(part),
    ]),
  );
};

type Tree = Record<string, unknown>;

const place = (stacks: Tree, path: string): { parent: Tree; leaf: string } => {
  const [stackOrPath = '', within] = path.split('/', 2);
  const stackNamed = stackOrPath in stacks && within !== undefined;
  const steps = (stackNamed ? within : path).split('.');
  const ofResource = steps[0]?.startsWith('aws_') === true;
  const full = ofResource ? ['resource', ...steps] : steps;
  const holds = (stack: unknown): boolean =>
    ((stack as { resource: Tree }).resource[steps[0] ?? ''] as Tree | undefined)?.[steps[1] ?? ''] !==
    undefined;
  const stack = stackNamed
    ? stacks[stackOrPath]
    : (Object.values(stacks).find(holds) ?? stacks['acme-dev-foundation']);
  const leaf = full.at(-1) ?? '';
  const parent = full.slice(0, -1).reduce<Tree>((part, step) => (part[step] ??= {}) as Tree, stack as Tree);
  return { parent, leaf };
};

/** @param app stacks by name */
export const modelOf = (app: Readonly<Record<string, unknown>>, changed: Partial<Environment> = {}): Model =>
  new Model({ ...environment, ...changed }, declarations, written(app) as Record<string, Block>);

export const accountWith = (changes: Changes = {}, changed: Partial<Environment> = {}): Model => {
  const stacks = structuredClone({
    'acme-dev-foundation': foundation,
    'acme-dev-demo': feed,
    'acme-dev-stream': stream,
  }) as Tree;
  for (const [path, value] of Object.entries(changes)) {
    const { parent, leaf } = place(stacks, path.replace(/^(foundation|demo|stream)\//, 'acme-dev-$1/'));
    if (value === undefined) Reflect.deleteProperty(parent, leaf);
    else parent[leaf] = value;
  }
  return modelOf(stacks, changed);
};
