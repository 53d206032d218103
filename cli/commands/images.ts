import { resolve } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { bucketName } from '../../config/names.ts';
import { usageError } from '../../errors/errors.ts';
import { didYouMean } from '../../errors/suggest.ts';
import { OPERATIONS } from '../../etl/feed.ts';
import { feeds } from '../../etl/feeds.ts';
import { buildSet, ensureWorkerImage, planWorker } from '../../images/ensure.ts';
import type { ImageRequest } from '../../images/ensure.ts';
import { listImages as listRows, pruneImages as prune } from '../../images/list.ts';
import type { ImageRow } from '../../images/list.ts';
import { WORKER } from '../../images/plan.ts';
import { parsePlatforms } from '../../images/platform.ts';
import type { HostUnits } from '../../images/usage.ts';
import { HOST_UNITS } from '../../policies/host.ts';
import { enterAccount, enterAccountToWrite } from '../account.ts';
import type { Invocation, Outcome } from '../command.ts';
import type { Step } from '../output.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { size, tableOf } from '../views/table.ts';
import { imageLine } from '../worker-image.ts';

interface BuildFlags {
  readonly platform: string | undefined;
  readonly noCache: boolean;
}

export const buildImages = async (
  invocation: Invocation,
  flags: BuildFlags,
  names: readonly string[],
): Promise<Outcome> => {
  checkNames(names);
  const project = await openProject(invocation);
  const tag = await invocation.output.step('Worker image', async (step) => {
    const request = requestOf(invocation, project, flags, step);
    const set = await planWorker(request);
    await buildSet(set, request);
    return set.tag;
  });
  return { document: { images: [{ image: WORKER, tag }] }, text: `${WORKER} ${tag} is built.` };
};

export const pushImages = async (
  invocation: Invocation,
  flags: BuildFlags,
  names: readonly string[],
): Promise<Outcome> => {
  checkNames(names);
  const project = await openProject(invocation);
  const { environment: endpointEnvironment } = await enterAccountToWrite(project);
  const pin = await invocation.output.step('Worker image', (step) =>
    ensureWorkerImage({
      ...requestOf(invocation, project, flags, step),
      env: project.environment,
      endpointEnvironment,
    }),
  );
  return {
    document: { images: [{ image: WORKER, ...pin }] },
    text: `${WORKER} is pinned to ${pin.digest ?? pin.tag}. Next: peaches deploy`,
  };
};

export const listImages = async (
  invocation: Invocation,
  _: object,
  names: readonly string[],
): Promise<Outcome> => {
  checkNames(names);
  const { root, environment } = await openProject(invocation);
  const { environment: endpointEnvironment } = await enterAccount({ root, environment });
  const hostUnits = await hostUnitsOf(invocation);
  const rows = await listRows({ root, env: environment, endpointEnvironment, hostUnits });
  return {
    document: { images: rows },
    text: rows.length === 0 ? 'The registry holds no image yet.' : rowsText(rows),
  };
};

export const pruneImages = async (
  invocation: Invocation,
  { keep }: { readonly keep: number | undefined },
  names: readonly string[],
): Promise<Outcome> => {
  checkNames(names);
  const project = await openProject(invocation);
  const { environment: endpointEnvironment } = await enterAccountToWrite(project);
  const { root, environment } = project;
  const hostUnits = await hostUnitsOf(invocation);
  const request = {
    ...{ root, env: environment, endpointEnvironment, hostUnits },
    ...(keep === undefined ? {} : { keep }),
  };
  const { deleted: going } = await prune({ ...request, dryRun: true });
  if (going.length === 0) return { document: { deleted: [] }, text: 'Nothing to remove.' };
  invocation.output.event(rowsText(going));
  const agreed = await invocation.prompt.confirm(`Remove these ${going.length} images?`);
  const { deleted } = agreed ? await prune(request) : { deleted: [] };
  return { document: { deleted }, text: `${deleted.length} images removed.` };
};

const requestOf = (
  { output, signal }: Invocation,
  { root }: Project,
  { platform, noCache }: BuildFlags,
  step: Step,
): ImageRequest => ({
  root,
  ...(platform === undefined ? {} : { platforms: parsePlatforms(platform) }),
  noCache,
  signal,
  onEvent: (event) => {
    if (event.kind === 'line') output.detail(event.line);
    const line = imageLine(event);
    if (line !== undefined) step.note(line);
  },
});

/** Where the hosts of the project's environments find their units. */
const hostUnitsOf = async ({ cwd, config }: Invocation): Promise<readonly HostUnits[]> => {
  const { environments } = await loadConfig(resolve(cwd, config), feeds);
  return Object.values(environments).map((environment) => ({
    environment: environment.name,
    bucket: bucketName(environment, OPERATIONS),
    prefix: HOST_UNITS,
  }));
};

const rowsText = (rows: readonly ImageRow[]): string =>
  tableOf(
    ['image', 'tag', 'digest', 'size', 'age', 'used by'],
    rows.map(({ image, tag, digest, bytes, pushedAt, usedBy }) => [
      image,
      tag ?? '',
      digest.slice(0, 19),
      size(bytes),
      pushedAt === undefined ? '' : age(Date.now() - pushedAt.getTime()),
      usedBy.join(', '),
    ]),
    [3],
  );

/** `12 min`, `5 h`, `3 d`. */
const age = (milliseconds: number): string => {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60 / 24)} d`;
};

/** @throws UNKNOWN_IMAGE */
const checkNames = (names: readonly string[]): void => {
  const unknown = names.find((name) => name !== WORKER);
  if (unknown === undefined) return;
  throw usageError({
    code: 'UNKNOWN_IMAGE',
    message: `There is no image ${unknown}.${didYouMean(unknown, [WORKER])}`,
    hint: `Images: ${WORKER}.`,
    details: { image: unknown },
  });
};
