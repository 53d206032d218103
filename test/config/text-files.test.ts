import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { wiringOf } from '../../config/wiring.ts';
import { cmsLite } from '../../etl/cms-lite/feed.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peaches-texts-'));
});
afterEach(() => rm(folder, { recursive: true }));

const configured = async (params: object, ofEnvironment: object = {}) => {
  const file = join(folder, 'peaches.config.json');
  const dev = { account: '123456789012', region: 'us-east-1', feeds: { 'cms-lite': ofEnvironment } };
  const config = { name: 'acme', environments: { dev }, feeds: { 'cms-lite': params } };
  await writeFile(file, JSON.stringify(config, undefined, 2));
  return loadConfig(file, [cmsLite]);
};

describe('a parameter that names a file', () => {
  test('is its text, wherever the configuration is read from, and travels with the wiring', async () => {
    await mkdir(join(folder, 'ddl'));
    await writeFile(join(folder, 'ddl', 'after.sql'), '\ufeffDELETE FROM cmslite.user_group;\n');
    const { environments } = await configured({}, { sql_query: 'ddl/after.sql' });
    expect(wiringOf(environments['dev']!, cmsLite).params).toMatchObject({
      sql_query: 'DELETE FROM cmslite.user_group;\n',
    });
  });

  test('may as well be the text itself', async () => {
    const { environments } = await configured({ sql_query: 'DELETE FROM cmslite.user_group' });
    expect(environments['dev']?.feeds['cms-lite']).toMatchObject({
      sql_query: 'DELETE FROM cmslite.user_group',
    });
  });

  test.each([
    ['that is not there', 'none.sql', /names .*none\.sql, which is not there/u],
    ['that is a folder', 'folder.sql', /names .*folder\.sql: .*EISDIR/u],
    ['with SQL that would end the transaction', 'bad.sql', /line 2: COMMIT begins or ends/u],
    ['of too many bytes', 'long.sql', /is longer than 16384 bytes/u],
  ])('%s is a mistake where it is named', async (_what, name, message) => {
    await mkdir(join(folder, 'folder.sql'));
    await writeFile(join(folder, 'bad.sql'), 'SELECT 1;\nCOMMIT;');
    await writeFile(join(folder, 'long.sql'), `SELECT '${'x'.repeat(16_400)}'`);
    await expect(configured({}, { sql_query: name })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: {
        problems: [
          {
            path: 'environments.dev.feeds.cms-lite.sql_query',
            line: 9,
            message: expect.stringMatching(message),
          },
        ],
      },
    });
  });
});
