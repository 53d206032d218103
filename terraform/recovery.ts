import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import { PeachesError } from '../errors/errors.ts';
import { clientSettings } from '../config/access.ts';
import { absentIds, importIdOfArn, IMPORT_RULES, type Attributes } from './import-ids.ts';
import { resourceOf } from './inventory.ts';
import type { ApplyRun } from './journal.ts';
import type { PlanResult } from './plan.ts';
import { resourcesOf } from './state.ts';
import type { Terraform } from './terraform.ts';

/** What a killed apply made without the state knowing: taken back by import blocks, which the next plan shows. */

interface Made {
  readonly address: string;
  readonly type: string;
  /** Absent: it was begun, and may or may not be there. */
  readonly id?: string;
}

/** What the runs made, or began to make, and did not remove again, by address. */
export const madeBy = (runs: readonly ApplyRun[]): ReadonlyMap<string, Made> => {
  const made = new Map<string, Made>();
  for (const event of runs.flatMap(({ events }) => events)) {
    if (event.type !== 'started' && event.type !== 'done') continue;
    const { address, resourceType: type, action } = event;
    if (action === 'delete' && event.type === 'done') made.delete(address);
    if (action !== 'create') continue;
    const id = event.type === 'done' ? event.id : undefined;
    made.set(address, { address, type, ...(id === undefined ? {} : { id }) });
  }
  return made;
};

/** Ids and ARNs of what a state knows, by address. */
const knownTo = (state: string): ReadonlyMap<string, { readonly id: unknown; readonly arn: unknown }> =>
  new Map(
    resourcesOf(state).map(({ address, attributes }) => [
      address,
      { id: attributes['id'], arn: attributes['arn'] },
    ]),
  );

interface Tagged {
  readonly arn: string;
  readonly kind: string;
  readonly tags: Readonly<Record<string, string>>;
}

const taggedResources = async (
  scope: Environment,
  environment: NodeJS.ProcessEnv,
): Promise<readonly Tagged[]> => {
  const client = new ResourceGroupsTaggingAPIClient(clientSettings({ region: scope.region, environment }));
  const TagFilters = [
    { Key: 'project', Values: [scope.project] },
    { Key: 'environment', Values: [scope.name] },
  ];
  const found: Tagged[] = [];
  try {
    for await (const page of paginateGetResources({ client }, { TagFilters })) {
      for (const { ResourceARN: arn = '', Tags = [] } of page.ResourceTagMappingList ?? []) {
        const { service, kind } = resourceOf(arn);
        const tags = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
        found.push({ arn, kind: `${service}:${kind}`, tags });
      }
    }
    return found;
  } finally {
    client.destroy();
  }
};

/** Whether the resource can be the planned one: same tags, and the name where the ARN tells one. */
const fits = ({ arn, tags }: Tagged, attributes: Attributes): boolean => {
  const wanted = (attributes['tags_all'] ?? {}) as Readonly<Record<string, string>>;
  const sameTags =
    Object.entries(wanted).every(([key, value]) => tags[key] === value) &&
    Object.keys(tags).every((key) => key in wanted);
  const { kind, name } = resourceOf(arn);
  if (kind === 'task-definition') return sameTags && name.startsWith(`${String(attributes['family'])}:`);
  if (kind === 'secret') return sameTags && name.replace(/-\w{6}$/, '') === attributes['name'];
  return sameTags;
};

const revisionOf = (arn: string): number => Number(/:(\d+)$/.exec(arn)?.[1] ?? 0);

export interface RecoveryOptions {
  readonly terraform: Terraform;
  /** The synthesized folder of the stack. */
  readonly folder: string;
  readonly scope: Environment;
  /** Endpoint and credentials. */
  readonly environment: NodeJS.ProcessEnv;
  readonly runs: readonly ApplyRun[];
  readonly planFile: string;
  /** Told what is taken back, one line each. */
  readonly onNote: (line: string) => void;
}

const importsFile = (folder: string): string => join(folder, 'recover.tf.json');

/** Removes the import blocks of an earlier recovery. */
export const clearImports = (folder: string): Promise<void> => rm(importsFile(folder), { force: true });

const writeImports = (folder: string, imports: ReadonlyMap<string, string>): Promise<void> =>
  imports.size === 0
    ? clearImports(folder)
    : writeFile(
        importsFile(folder),
        JSON.stringify({ import: [...imports].map(([to, id]) => ({ to, id })) }, undefined, 2),
      );

const errorText = (error: unknown): string => {
  if (!(error instanceof PeachesError)) return '';
  return `${error.message}\n${typeof error.cause === 'string' ? error.cause : ''}\n${JSON.stringify(error.details)}`;
};

/** Addresses of imports that Terraform found nothing for. */
const notThere = (error: unknown, imports: ReadonlyMap<string, string>): string[] => {
  const text = errorText(error);
  const absent = new Set(absentIds(text));
  const named = /non-existent remote object|couldn't find resource|not found/i.test(text);
  return [...imports].flatMap(([address, id]) =>
    absent.has(id) || (named && text.includes(`"${address}"`)) ? [address] : [],
  );
};

export interface Recovery {
  /** Saved in `planFile`. */
  readonly plan: PlanResult;
  /** Addresses that the plan imports. */
  readonly takenBack: readonly string[];
}

/** More rounds than dependencies are deep: each makes ids of the next layer known. */
const ROUNDS = 12;

/**
 * Plans a stack whose applies were killed, with import blocks for what they made and the state does not know.
 * What was begun only is looked for by its name or its tags; what turns out not to be there is made anew. The
 * import blocks stay in the folder until `clearImports`.
 */
export const planRecovery = async (options: RecoveryOptions): Promise<Recovery> => {
  const { terraform, folder, scope, planFile: out } = options;
  await clearImports(folder);
  const made = madeBy(options.runs);
  const known = knownTo(await terraform.pullState());
  const replaced = [...made.values()].flatMap(({ address, id }) => {
    const before = known.get(address);
    return before !== undefined && id !== undefined && before.id !== id ? [address] : [];
  });
  await terraform.forget(replaced);
  const lost = [...made.values()].filter(
    ({ address, type }) =>
      (!known.has(address) || replaced.includes(address)) && IMPORT_RULES[type]?.repeatable !== true,
  );
  const taken = new Set([...known.values()].flatMap(({ id, arn }) => [String(id), String(arn)]));
  for (const { id } of made.values()) if (id !== undefined) taken.add(id);
  const orphans = (await taggedResources(scope, options.environment)).filter(
    ({ arn, kind }) => !taken.has(arn) && !taken.has(importIdOfArn(kind, arn)),
  );

  const imports = new Map<string, string>();
  const given = new Set<string>();
  const add = (address: string, id: string | undefined): void => {
    if (id === undefined || given.has(address)) return;
    given.add(address);
    imports.set(address, id);
    options.onNote(`${address} is taken back (${id})`);
  };
  for (const { address, type, id } of lost) {
    if (IMPORT_RULES[type]?.eventIdIsAnother !== true) add(address, id);
  }
  for (let round = 0; ; round++) {
    await writeImports(folder, imports);
    let plan: PlanResult;
    try {
      plan = await terraform.plan({ out });
    } catch (error) {
      const gone = notThere(error, imports);
      if (gone.length === 0 || round === ROUNDS) throw error;
      for (const address of gone) imports.delete(address);
      continue;
    }
    const before = imports.size;
    const { changes } = await terraform.show(out);
    for (const { address, type } of lost.filter((one) => !given.has(one.address))) {
      const change = changes.find((one) => one.address === address);
      const rule = IMPORT_RULES[type];
      if (change === undefined || rule === undefined) continue;
      const attributes = Object.fromEntries(change.attributes.map(({ name, after }) => [name, after]));
      const byName = rule.id?.(attributes, scope);
      const fitting = orphans
        .filter((one) => one.kind === rule.found && fits(one, attributes))
        .filter(({ kind, arn }) => ![...imports.values()].includes(importIdOfArn(kind, arn)))
        .sort((a, b) => revisionOf(b.arn) - revisionOf(a.arn));
      const [found] = fitting;
      add(address, byName ?? (found === undefined ? undefined : importIdOfArn(found.kind, found.arn)));
    }
    if (imports.size === before || round === ROUNDS) return { plan, takenBack: [...imports.keys()] };
  }
};
