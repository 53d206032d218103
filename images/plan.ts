import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workFolder } from '../config/paths.ts';
import { bundleWorker, type BundleFiles } from './bundle.ts';
import { nativeFiles, type NativeFile } from './native.ts';
import type { Platform } from './platform.ts';

/** Name of the one image that runs every stage of every feed, told apart by its arguments. */
export const WORKER = 'worker';

const DOCKERFILE = fileURLToPath(new URL('./worker/Dockerfile', import.meta.url));
const SOURCES = fileURLToPath(new URL('../etl/', import.meta.url)).replace(/\/$/, '');

export interface PlanRequest {
  /** Folder of the configuration file; what must be fetched is kept below it. */
  readonly root: string;
  readonly platform: Platform;
  /** Replaces the Dockerfile's base image, for machines that can't reach it. */
  readonly base?: string;
  /** Folder with `worker.ts`; absent: the sources of peaches. */
  readonly sources?: string;
}

/** What an image of one platform is made of. Equal content has an equal tag, on every machine. */
export interface ImagePlan {
  readonly image: string;
  readonly tag: string;
  readonly platform: Platform;
  readonly base: string;
  readonly dockerfile: string;
  readonly app: BundleFiles;
  readonly native: readonly NativeFile[];
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** The default of `ARG NODE_IMAGE`: the one place that names the base image. */
const baseOf = (dockerfile: string): string => /^ARG NODE_IMAGE=(\S+)$/m.exec(dockerfile)?.[1] ?? '';

const tagOf = (parts: Omit<ImagePlan, 'tag' | 'image'>): string => {
  const lines = [
    `platform ${parts.platform}`,
    `base ${parts.base}`,
    `dockerfile ${sha256(parts.dockerfile)}`,
    ...[...parts.app].map(([path, bytes]) => `app ${path} ${sha256(bytes)}`),
    ...parts.native.map(({ path, sha256: hash }) => `native ${path} ${hash}`),
  ];
  return sha256(lines.join('\n')).slice(0, 20);
};

/**
 * Says what the worker image would be, without building it: fast enough to ask before every build.
 * @throws BUNDLE_FAILED, NATIVE_PACKAGE_UNAVAILABLE
 */
export const planWorkerImage = async (request: PlanRequest): Promise<ImagePlan> => {
  const [dockerfile, app, native] = await Promise.all([
    readFile(DOCKERFILE, 'utf8'),
    bundleWorker(request.sources ?? SOURCES),
    nativeFiles(request.platform, join(workFolder(request.root), 'native')),
  ]);
  const parts = {
    platform: request.platform,
    base: request.base ?? baseOf(dockerfile),
    dockerfile,
    app,
    native,
  };
  return { image: WORKER, tag: tagOf(parts), ...parts };
};

/** What one tag stands for: an image, or a list of the same image for several platforms. */
export interface ImageSet {
  readonly image: string;
  readonly tag: string;
  readonly plans: readonly [ImagePlan, ...ImagePlan[]];
}

/** @param plans of the same sources, one a platform */
export const setOf = (plans: readonly [ImagePlan, ...ImagePlan[]]): ImageSet => {
  const [first, ...others] = plans;
  const tags = plans.map(({ tag }) => tag).sort();
  return {
    image: first.image,
    tag: others.length === 0 ? first.tag : sha256(tags.join('\n')).slice(0, 20),
    plans,
  };
};
