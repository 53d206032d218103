import type { AccountAccess } from '../config/access.ts';
import { contentsOf } from '../terraform/contents.ts';
import type { Contents } from '../terraform/contents.ts';
import { emptyBucket, emptyRepository } from '../terraform/empty.ts';
import type { FoundResource } from '../terraform/inventory.ts';
import type { DataHolder, StackResources } from '../terraform/kept.ts';
import type { Step } from './output.ts';
import { size, whole } from './views/table.ts';

/** A bucket, an image repository or a warehouse with something in it. */
export type FilledHolder = DataHolder & Contents;

const holderOf = ({ service, kind, name }: FoundResource): DataHolder | undefined => {
  if (service === 's3' && kind === 'bucket') return { kind: 'bucket', name };
  if (service === 'ecr' && kind === 'repository') return { kind: 'repository', name };
  if (service === 'redshift-serverless' && kind === 'namespace') return { kind: 'namespace', name };
  return undefined;
};

/** Keys of the objects that Terraform itself put into a bucket, and takes away again. */
const ownKeys = (stacks: StackResources, bucket: string): ReadonlySet<string> =>
  new Set(
    [...stacks.values()]
      .flat()
      .flatMap(({ type, attributes }) =>
        type === 'aws_s3_object' && attributes['bucket'] === bucket ? [String(attributes['key'])] : [],
      ),
  );

/** Those of the resources that hold an object version or an image, other than what the stacks put there. */
export const holdersOf = async (
  resources: readonly FoundResource[],
  stacks: StackResources,
  access: AccountAccess,
): Promise<readonly FilledHolder[]> => {
  const holders: FilledHolder[] = [];
  for (const resource of resources) {
    const holder = holderOf(resource);
    if (holder === undefined) continue;
    const contents = await contentsOf(holder, access, ownKeys(stacks, holder.name));
    if (contents.items > 0) holders.push({ ...holder, ...contents });
  }
  return holders;
};

/** `12 object versions, 3.4 MB`, `2 images`, `nothing`, `all its tables` */
export const contentsText = (kind: DataHolder['kind'], { items, bytes, more }: Contents): string => {
  if (kind === 'namespace') return 'all its tables';
  if (items === 0) return 'nothing';
  const noun = kind === 'bucket' ? 'object version' : 'image';
  const counted = `${whole(items)} ${noun}${items === 1 ? '' : 's'}${kind === 'bucket' ? `, ${size(bytes)}` : ''}`;
  return more ? `more than ${counted}` : counted;
};

/** Deletes everything in the holders, every version; tables go with their warehouse. @throws NOT_EMPTIED, INTERRUPTED */
export const emptyHolders = async (
  holders: readonly DataHolder[],
  access: AccountAccess,
  signal: AbortSignal,
  step: Step,
): Promise<void> => {
  for (const { kind, name } of holders) {
    if (kind === 'namespace') continue;
    const onProgress = (deleted: number): void => step.note(`${name}: ${deleted} deleted`);
    await (kind === 'bucket' ? emptyBucket : emptyRepository)(name, { ...access, signal, onProgress });
  }
};
