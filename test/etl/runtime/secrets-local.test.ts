import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvironmentSecrets, FileSecrets, firstOf, variableOf } from '../../../etl/runtime/secrets-local.ts';
import { secretsSuite } from './support/secrets-suite.ts';
import { toyFeed } from './support/toy-feed.ts';

const withTwoFields = {
  ...toyFeed(),
  secrets: {
    api: { title: 'API', fields: ['token'] },
    pair: { title: 'Pair', fields: ['user', 'passPhrase'] },
  },
};

secretsSuite('Secrets from the environment', () =>
  Promise.resolve({
    secrets: new EnvironmentSecrets([toyFeed()], { TOY_API_TOKEN: 's3cret', TOY_NONE_TOKEN: 'x' }),
    remove: () => Promise.resolve(),
  }),
);

secretsSuite('Secrets from a file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peaches-secrets-'));
  const file = join(dir, 'secrets.json');
  await writeFile(file, JSON.stringify({ 'toy-api': { token: 's3cret' } }), { mode: 0o600 });
  return { secrets: new FileSecrets(file), remove: () => rm(dir, { recursive: true }) };
});

describe('secrets from the environment', () => {
  test('have variables named after alias and field', () => {
    expect(variableOf('freewheel-api', 'username')).toBe('FREEWHEEL_API_USERNAME');
    expect(variableOf('toy-pair', 'passPhrase')).toBe('TOY_PAIR_PASS_PHRASE');
  });

  test('set in part only are refused, without a value in the message', async () => {
    const secrets = new EnvironmentSecrets([withTwoFields], {
      TOY_PAIR_USER: 'somebody',
      TOY_PAIR_PASS_PHRASE: '',
    });
    await expect(secrets.get('toy', 'pair')).rejects.toMatchObject({
      code: 'SECRET_INCOMPLETE',
      message: expect.not.stringContaining('somebody'),
      details: { absent: ['TOY_PAIR_PASS_PHRASE'] },
    });
  });

  test('go before those of the file', async () => {
    const one = new EnvironmentSecrets([toyFeed()], { TOY_API_TOKEN: 'one' });
    const two = new EnvironmentSecrets([toyFeed()], { TOY_API_TOKEN: 'two' });
    const none = new EnvironmentSecrets([toyFeed()], {});
    expect(await firstOf(none, one, two).get('toy', 'api')).toEqual({ token: 'one' });
    expect(await firstOf(none, none).get('toy', 'api')).toBeUndefined();
  });
});

describe('a file of secrets', () => {
  let dir: string;
  let file: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'peaches-secrets-'));
    file = join(dir, 'secrets.json');
  });
  afterEach(() => rm(dir, { recursive: true }));

  test('need not be there', async () => {
    expect(await new FileSecrets(file).get('toy', 'api')).toBeUndefined();
  });

  test.each([0o640, 0o604, 0o644, 0o660])('that others may reach (%o) is refused', async (mode) => {
    await writeFile(file, '{}');
    await chmod(file, mode);
    await expect(new FileSecrets(file).get('toy', 'api')).rejects.toMatchObject({
      ...{ code: 'SECRETS_FILE_OPEN', exitCode: 77, hint: expect.stringContaining('chmod 600') },
    });
  });

  test.each(['{"toy-api": {"token": "hunter2"', '{"toy-api": "hunter2"}'])(
    'that is no JSON of secrets is refused without a word of it: %s',
    async (content) => {
      await writeFile(file, content, { mode: 0o600 });
      const error = await new FileSecrets(file).get('toy', 'api').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'SECRETS_FILE_INVALID' });
      expect((error as Error).cause).toBeUndefined();
      expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
    },
  );
});
