import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderStore } from '../../../etl/runtime/folder-store.ts';
import { thisProcess, toFileName } from '../../../etl/runtime/process-identity.ts';
import { BUCKET, objectStoreSuite } from './support/object-store-suite.ts';

objectStoreSuite('Folder store', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peaches-folders-'));
  return {
    store: await FolderStore.open(dir, [BUCKET]),
    remove: () => rm(dir, { recursive: true }),
  };
});

describe('a folder store', () => {
  let dir: string;
  let store: FolderStore;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'peaches-folders-'));
    store = await FolderStore.open(dir, [BUCKET]);
  });
  afterEach(() => rm(dir, { recursive: true }));

  const list = async (prefix = ''): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of store.list(BUCKET, prefix)) keys.push(key);
    return keys;
  };

  test('moves a file in instead of copying it', async () => {
    const file = join(dir, 'body');
    await writeFile(file, 'x');
    const { ino } = await stat(file);
    await store.put(BUCKET, 'k', { file });
    expect((await stat(join(dir, BUCKET, 'k'))).ino).toBe(ino);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('leaves nothing behind but the object', async () => {
    const { etag } = await store.put(BUCKET, 'k', '1', { ifAbsent: true });
    await store.put(BUCKET, 'k', '2', { ifMatch: etag });
    await store.put(BUCKET, 'k', '3', { ifAbsent: true }).catch(() => undefined);
    expect(await list()).toEqual(['k']);
    expect(await readdir(join(dir, '.tmp'))).toEqual([]);
    expect(await readdir(join(dir, '.locks'))).toEqual([]);
  });

  test('tells quick writes of equal length apart', async () => {
    const etags = new Set<string>();
    for (let n = 0; n < 200; n += 1) etags.add((await store.put(BUCKET, 'k', String(n % 10))).etag);
    expect(etags.size).toBe(200);
  });

  test('follows links to files and folders that somebody put there', async () => {
    await mkdir(join(dir, 'elsewhere'));
    await writeFile(join(dir, 'elsewhere', 'x'), 'x');
    await symlink(join(dir, 'elsewhere'), join(dir, BUCKET, 'folder'));
    await symlink(join(dir, 'elsewhere', 'x'), join(dir, BUCKET, 'file'));
    expect(await list()).toEqual(['file', 'folder/x']);
  });

  test('says when a key is another key and a slash', async () => {
    await store.put(BUCKET, 'a', '');
    await expect(store.put(BUCKET, 'a/b', '')).rejects.toMatchObject({ code: 'KEY_CONFLICT' });
  });

  test('takes over the lock of a process that was killed', async () => {
    const { etag } = await store.put(BUCKET, 'k', '1');
    const { stdout } = await execa(process.execPath, [
      ...['--import', 'tsx', '--input-type=module', '-e'],
      `import { thisProcess, toFileName } from './etl/runtime/process-identity.ts';
       console.log(toFileName(thisProcess()));`,
    ]);

    const lock = createHash('sha256')
      .update(join(dir, BUCKET, 'k'))
      .digest('hex')
      .slice(0, 32);
    await writeFile(join(dir, '.locks', lock), stdout);
    await store.put(BUCKET, 'k', '2', { ifMatch: etag });
    expect(await readFile(join(dir, BUCKET, 'k'), 'utf8')).toBe('2');
  });

  test('takes away the locks that killed processes left, when it is opened', async () => {
    const dead = toFileName({ ...thisProcess(), pid: 2 ** 22 + 1 });
    const alive = toFileName(thisProcess());
    for (const name of ['a', 'a.steal', 'a~1~1']) await writeFile(join(dir, '.locks', name), dead);
    await writeFile(join(dir, '.locks', 'b'), alive);
    await FolderStore.open(dir, []);
    expect(await readdir(join(dir, '.locks'))).toEqual(['b']);
  });

  test('adds up what several processes add, none lost', async () => {
    await store.put(BUCKET, 'counter', '0');
    const add = `
      import { text } from 'node:stream/consumers';
      import { FolderStore } from './etl/runtime/folder-store.ts';
      const store = await FolderStore.open(process.argv[1]);
      for (let added = 0; added < 40; ) {
        const { object, body } = await store.get('${BUCKET}', 'counter');
        const next = String(Number(await text(body)) + 1);
        try {
          await store.put('${BUCKET}', 'counter', next, { ifMatch: object.etag });
          added += 1;
        } catch (error) {
          if (error.code !== 'CONDITION_FAILED') throw error;
        }
      }`;
    const run = () => execa(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', add, dir]);
    await Promise.all([run(), run(), run()]);
    expect(await readFile(join(dir, BUCKET, 'counter'), 'utf8')).toBe('120');
  });
});
