import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import type { ObjectStore } from '../../../../etl/runtime/object-store.ts';

export const BUCKET = 'toy-data';

/** What every object store must do. @param open a store with an empty bucket `toy-data` and no `no-such-bucket` */
export const objectStoreSuite = (
  name: string,
  open: () => Promise<{ readonly store: ObjectStore; readonly remove: () => Promise<void> }>,
): void => {
  describe(name, () => {
    let store: ObjectStore;
    let remove: () => Promise<void>;
    let scratch: string;

    beforeAll(async () => {
      ({ store, remove } = await open());
      scratch = await mkdtemp(join(tmpdir(), 'peaches-store-'));
    });
    afterAll(async () => {
      await remove();
      await rm(scratch, { recursive: true });
    });

    const keys = async (prefix: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of store.list(BUCKET, prefix)) found.push(key);
      return found;
    };
    const read = async (key: string): Promise<string> => text((await store.get(BUCKET, key)).body);

    test('gives back what was put, with its size and the same ETag everywhere', async () => {
      const put = await store.put(BUCKET, 'a/b.txt', 'grüße');
      expect(put).toMatchObject({ key: 'a/b.txt', bytes: 7 });
      const { object, body } = await store.get(BUCKET, 'a/b.txt');
      expect((await buffer(body)).toString()).toBe('grüße');
      expect(object).toEqual(put);
      expect(await store.head(BUCKET, 'a/b.txt')).toEqual(put);
      for await (const listed of store.list(BUCKET, 'a/b.txt')) expect(listed).toMatchObject(put);
    });

    test('names an object as other services do', () => {
      expect(store.uri(BUCKET, 'a/b c.txt')).toMatch(/^s3:\/\/[^/]+\/a\/b c\.txt$/);
    });

    test('changes the ETag when the content changes', async () => {
      const first = await store.put(BUCKET, 'changing', 'aa');
      const second = await store.put(BUCKET, 'changing', 'bb');
      expect(second.etag).not.toBe(first.etag);
      expect(await read('changing')).toBe('bb');
    });

    test('takes a file, also an empty one and one of many parts', async () => {
      for (const size of [0, 10, 6 << 20]) {
        const file = join(scratch, `body-${size}`);
        const content = Buffer.alloc(size, 'x');
        await writeFile(file, content);
        const put = await store.put(BUCKET, `files/${size}`, { file });
        expect(put.bytes).toBe(size);
        expect((await store.head(BUCKET, `files/${size}`))?.etag).toBe(put.etag);
        expect((await buffer((await store.get(BUCKET, `files/${size}`)).body)).equals(content)).toBe(true);
      }
    });

    test('keeps bytes as they are, whatever they are', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
          await store.put(BUCKET, 'bytes', bytes);
          const back = await buffer((await store.get(BUCKET, 'bytes')).body);
          expect(back.equals(Buffer.from(bytes))).toBe(true);
        }),
        { numRuns: 20 },
      );
    });

    test('lists by prefix, whole or in the middle of a name, in the order of the bytes', async () => {
      const names = ['o/a-b', 'o/a/b', 'o/a.b', 'o/a0', 'o/ä', 'o/B', 'o/a/c/d', 'o2/x'];
      for (const name of names) await store.put(BUCKET, name, '');
      const below = names.filter((name) => name.startsWith('o/'));
      expect(await keys('o/')).toEqual(
        below.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
      expect(await keys('o/a/')).toEqual(['o/a/b', 'o/a/c/d']);
      expect(await keys('o/a')).toEqual(['o/a-b', 'o/a.b', 'o/a/b', 'o/a/c/d', 'o/a0']);
      expect(await keys('nothing/')).toEqual([]);
    });

    test('knows nothing of an object that is not there', async () => {
      expect(await store.head(BUCKET, 'not/there')).toBeUndefined();
      await expect(store.get(BUCKET, 'not/there')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
      await expect(store.asFile(BUCKET, 'not/there', scratch)).rejects.toMatchObject({
        code: 'OBJECT_NOT_FOUND',
      });
      await expect(store.delete(BUCKET, 'not/there')).resolves.toBeUndefined();
    });

    test('says when the bucket is not there', async () => {
      const missing = { code: 'BUCKET_NOT_FOUND' };
      const bucket = 'no-such-bucket';
      await expect(store.put(bucket, 'k', '')).rejects.toMatchObject(missing);
      await expect(store.get(bucket, 'k')).rejects.toMatchObject(missing);
      await expect(store.head(bucket, 'k')).rejects.toMatchObject(missing);
      await expect(store.delete(bucket, 'k')).rejects.toMatchObject(missing);
      await expect(async () => {
        for await (const object of store.list(bucket, '')) expect(object).toBeUndefined();
      }).rejects.toMatchObject(missing);
    });

    test('forgets what was deleted', async () => {
      await store.put(BUCKET, 'gone', 'x');
      await store.delete(BUCKET, 'gone');
      expect(await store.head(BUCKET, 'gone')).toBeUndefined();
    });

    test('makes a file of an object', async () => {
      await store.put(BUCKET, 'as/file', 'content');
      expect(await readFile(await store.asFile(BUCKET, 'as/file', scratch), 'utf8')).toBe('content');
    });

    test('puts only where nothing is, when asked to', async () => {
      await store.put(BUCKET, 'once', 'first', { ifAbsent: true });
      await expect(store.put(BUCKET, 'once', 'second', { ifAbsent: true })).rejects.toMatchObject({
        code: 'CONDITION_FAILED',
      });
      expect(await read('once')).toBe('first');
    });

    test('puts only over what was seen, when asked to', async () => {
      const failedCondition = { code: 'CONDITION_FAILED' };
      const first = await store.put(BUCKET, 'swap', '1');
      const second = await store.put(BUCKET, 'swap', '2', { ifMatch: first.etag });
      await expect(store.put(BUCKET, 'swap', '3', { ifMatch: first.etag })).rejects.toMatchObject(
        failedCondition,
      );
      expect(await read('swap')).toBe('2');
      await store.delete(BUCKET, 'swap');
      await expect(store.put(BUCKET, 'swap', '4', { ifMatch: second.etag })).rejects.toMatchObject(
        failedCondition,
      );
    });

    test('lets one of many win that want to be first', async () => {
      const tries = await Promise.allSettled(
        Array.from({ length: 12 }, (_, n) => store.put(BUCKET, 'race', String(n), { ifAbsent: true })),
      );
      const winners = tries.flatMap(({ status }, n) => (status === 'fulfilled' ? [String(n)] : []));
      expect(winners).toEqual([await read('race')]);
    });

    test.each(['', '/a', 'a/', 'a//b', '../a', 'a/../../b', './a', 'a\0b', 'x'.repeat(1025)])(
      'refuses the key %j',
      async (key) => {
        await expect(store.put(BUCKET, key, '')).rejects.toMatchObject({ code: 'INVALID_KEY' });
        await expect(store.get(BUCKET, key)).rejects.toMatchObject({ code: 'INVALID_KEY' });
        await expect(store.delete(BUCKET, key)).rejects.toMatchObject({ code: 'INVALID_KEY' });
      },
    );
  });
};
