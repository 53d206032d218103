import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { failed } from '../../errors/errors.ts';
import { adoptedBuckets, type FeedDeclaration } from '../feed.ts';
import { findStage } from '../find-stage.ts';
import { locate } from '../locate.ts';
import type { PutOptions, ReadHandle, WriteHandle } from './handles.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';
import { assertKey } from './store-errors.ts';

/** What a stage does through its handles is told here. */
export interface HandleEvents {
  onRead?(bytes: number): void;
  /** Before an output appears; it does not when this fails. @param path `<bucket>/<key>` */
  beforeWrite?(path: string, options: PutOptions): Promise<void>;
  onWritten?(path: string, bytes: number, options: PutOptions): void;
}

export interface StageScope {
  readonly feed: FeedDeclaration;
  readonly stage: string;
  readonly params: unknown;
  readonly store: ObjectStore;
  /** Folder for files fetched from the store. */
  readonly scratch: string;
}

/** @throws UNDECLARED_ACCESS unless the path is a declared one or lies below it */
const assertDeclared = (scope: StageScope, verb: 'reads' | 'writes', path: string): void => {
  const declared = findStage(scope.feed, scope.stage)[verb] ?? [];
  if (declared.some((prefix) => path.startsWith(prefix)) && !path.split('/').includes('..')) return;
  throw failed({
    code: 'UNDECLARED_ACCESS',
    message: `Stage ${scope.feed.name}.${scope.stage} does not declare that it ${verb} ${path}.`,
    hint: `It declares ${declared.join(', ') || 'nothing'}. Use that, or add the path to "${verb}" in etl/${scope.feed.name}/feed.ts; its role then permits it as well.`,
    details: { feed: scope.feed.name, stage: scope.stage, path, declared },
  });
};

/** The store's name of the bucket in which a declared path lies, and the prefix there. */
const placeOf = ({ feed, params }: StageScope, path: string) => {
  const location = locate(feed, params, path);
  if ('external' in location) return location.external;
  const { alias, prefix } = location.own;
  return { bucket: adoptedBuckets(feed, params)[alias] ?? alias, prefix };
};

/** A handle on what a stage reads. @throws UNDECLARED_ACCESS */
export const readHandle = (scope: StageScope, path: string, events: HandleEvents = {}): ReadHandle => {
  assertDeclared(scope, 'reads', path);
  const { store } = scope;
  const { bucket, prefix } = placeOf(scope, path);
  return {
    path: `${bucket}/${prefix}`,
    async list(under = '') {
      const found: StoredObject[] = [];
      for await (const object of store.list(bucket, prefix + under)) {
        const known = { ...object, key: object.key.slice(prefix.length) };
        // Pages of a listing may meet on an object that was written meanwhile.
        if (found.at(-1)?.key === known.key) found.pop();
        found.push(known);
      }
      return found;
    },
    async any(under = '') {
      for await (const object of store.list(bucket, prefix + under)) return object.key !== '';
      return false;
    },
    async head(name) {
      const object = await store.head(bucket, prefix + name);
      return object && { ...object, key: name };
    },
    async open(name) {
      const { object, body } = await store.get(bucket, prefix + name);
      events.onRead?.(object.bytes);
      return body;
    },
    async bytes(name) {
      return buffer(await this.open(name));
    },
    async asFile(name) {
      const file = await store.asFile(bucket, prefix + name, scope.scratch);
      events.onRead?.((await stat(file)).size);
      return file;
    },
  };
};

/** A handle on what a stage writes. @throws UNDECLARED_ACCESS */
export const writeHandle = (scope: StageScope, path: string, events: HandleEvents = {}): WriteHandle => {
  assertDeclared(scope, 'writes', path);
  const { bucket, prefix } = placeOf(scope, path);
  return {
    path: `${bucket}/${prefix}`,
    uri: (name) => scope.store.uri(bucket, prefix + name),
    async put(name, body, options = {}) {
      const key = prefix + name;
      assertKey(bucket, key);
      await events.beforeWrite?.(`${bucket}/${key}`, options);
      const object = await scope.store.put(bucket, key, body);
      events.onWritten?.(`${bucket}/${key}`, object.bytes, options);
      return { ...object, key: name };
    },
    remove: (name) => scope.store.delete(bucket, prefix + name),
  };
};
