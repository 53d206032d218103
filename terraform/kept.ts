import type { StateResource } from './state.ts';

/** What stays when an environment goes but its data is kept. */

/** A resource whose content would be lost with it. */
export interface DataHolder {
  readonly kind: 'bucket' | 'repository' | 'namespace';
  /** Of a namespace of Redshift its id, by which its ARN names it. */
  readonly name: string;
}

/** Stack by name, with what its state knows. */
export type StackResources = ReadonlyMap<string, readonly StateResource[]>;

/** What protects or describes another resource and has no use without it, with the attribute that names that. */
const COMPANIONS: Readonly<Record<string, string>> = {
  aws_ecr_lifecycle_policy: 'repository',
  aws_kms_alias: 'target_key_id',
  aws_s3_bucket_lifecycle_configuration: 'bucket',
  aws_s3_bucket_logging: 'bucket',
  aws_s3_bucket_ownership_controls: 'bucket',
  aws_s3_bucket_policy: 'bucket',
  aws_s3_bucket_public_access_block: 'bucket',
  aws_s3_bucket_server_side_encryption_configuration: 'bucket',
  aws_s3_bucket_versioning: 'bucket',
};

/** Types that others name by id or ARN, across stacks, and without which what they hold can't be read or is not logged. */
const NEEDED = new Set(['aws_kms_key', 'aws_s3_bucket']);

/** Types of the holders, with the attribute that names them. */
const HOLDERS: Readonly<Record<DataHolder['kind'], readonly [type: string, name: string]>> = {
  bucket: ['aws_s3_bucket', 'bucket'],
  repository: ['aws_ecr_repository', 'name'],
  namespace: ['aws_redshiftserverless_namespace', 'namespace_id'],
};

/** The holder that a resource is, if it is one. */
export const holderIn = ({ type, attributes }: StateResource): DataHolder | undefined => {
  for (const kind of Object.keys(HOLDERS) as DataHolder['kind'][]) {
    if (HOLDERS[kind][0] === type) return { kind, name: String(attributes[HOLDERS[kind][1]]) };
  }
  return undefined;
};

const holds = (resource: StateResource, { kind, name }: DataHolder): boolean => {
  const holder = holderIn(resource);
  return holder?.kind === kind && holder.name === name;
};

const namesOf = ({ attributes }: StateResource): readonly unknown[] => [attributes['id'], attributes['arn']];

/** Every text within a value. */
const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
};

/**
 * What must stay so that the holders stay whole: they, their keys, what protects them, and all that these were
 * made after. Nothing that stays depends on anything that goes, so that the rest can be destroyed by itself.
 * @returns kept addresses by stack; a stack that keeps nothing has an empty set
 */
export const keptWith = (
  stacks: StackResources,
  holders: readonly DataHolder[],
): ReadonlyMap<string, ReadonlySet<string>> => {
  const all = [...stacks].flatMap(([stack, resources]) =>
    resources.map((resource) => ({ stack, resource, texts: new Set(textsOf(resource.attributes)) })),
  );
  const kept = new Set(all.filter(({ resource }) => holders.some((holder) => holds(resource, holder))));
  const belongs = ({ stack, resource }: (typeof all)[number]): boolean => {
    const subject = COMPANIONS[resource.type];
    const named = subject === undefined ? undefined : resource.attributes[subject];
    return [...kept].some(
      (one) =>
        (one.stack === stack && one.resource.dependencies.includes(resource.address)) ||
        (NEEDED.has(resource.type) &&
          namesOf(resource).some((name) => typeof name === 'string' && one.texts.has(name))) ||
        (named !== undefined && one.stack === stack && namesOf(one.resource).includes(named)),
    );
  };
  for (let size = -1; size !== kept.size;) {
    size = kept.size;
    for (const one of all) if (!kept.has(one) && belongs(one)) kept.add(one);
  }
  return new Map(
    [...stacks.keys()].map((name) => [
      name,
      new Set([...kept].flatMap(({ stack, resource }) => (stack === name ? [resource.address] : []))),
    ]),
  );
};
