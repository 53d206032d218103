import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FeedDeclaration } from '../../../../etl/feed.ts';
import type { Logger } from '../../../../etl/runtime/log.ts';
import { openLocalPlace } from '../../../../etl/runtime/places/local.ts';
import type { Place, RunReport, RunRequest } from '../../../../etl/runtime/run.ts';
import { runFeed } from '../../../../etl/runtime/runner.ts';
import { EXTERNAL, toyFeed } from './toy-feed.ts';

export const DAY = '2026-02-28';

export const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A local place in a temp folder with the toy feed's input. */
export interface ToyPlace {
  readonly dir: string;
  readonly place: Place;
  input(name: string, text: string): Promise<void>;
  withdraw(name: string): Promise<void>;
  read(path: string): Promise<string>;
  /** All objects of a bucket with their contents, by key. */
  contents(bucket: string): Promise<Readonly<Record<string, string>>>;
  /** ETags of a bucket's objects, by key. */
  etags(bucket: string): Promise<Readonly<Record<string, string>>>;
  run(feed?: FeedDeclaration, more?: Partial<RunRequest>): Promise<RunReport>;
  remove(): Promise<void>;
}

export const openToyPlace = async (): Promise<ToyPlace> => {
  const dir = await mkdtemp(join(tmpdir(), 'peaches-toy-'));
  const place = await openLocalPlace(dir, toyFeed());
  await mkdir(join(dir, 'store', EXTERNAL));
  const inputPath = (name: string) => join(dir, 'store', EXTERNAL, 'out', DAY, name);
  return {
    dir,
    place,
    async input(name, text) {
      await mkdir(dirname(inputPath(name)), { recursive: true });
      await writeFile(inputPath(name), text);
    },
    withdraw: (name) => rm(inputPath(name)),
    read: (path) => readFile(join(dir, 'store', path), 'utf8'),
    async contents(bucket) {
      const all: Record<string, string> = {};
      for await (const { key } of place.store.list(bucket, '')) {
        all[key] = await readFile(join(dir, 'store', bucket, key), 'latin1');
      }
      return all;
    },
    async etags(bucket) {
      const all: Record<string, string> = {};
      for await (const { key, etag } of place.store.list(bucket, '')) all[key] = etag;
      return all;
    },
    run: (feed = toyFeed(), more = {}) =>
      runFeed({
        ...{ feed, date: DAY, params: {}, place, log: silent, signal: new AbortController().signal },
        ...more,
      }),
    remove: () => rm(dir, { recursive: true, maxRetries: 3 }),
  };
};
