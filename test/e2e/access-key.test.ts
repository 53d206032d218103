import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessKeyState, keyWarning, rotateAccessKey } from '../../cli/access-key.ts';
import type { KeyServices } from '../../cli/access-key.ts';
import { makeFirstKey } from '../../cli/after-up.ts';
import type { Output } from '../../cli/output.ts';
import type { Environment } from '../../config/environment.ts';
import { runnerName, runnerSecretName } from '../../config/names.ts';
import { findLauncher } from '../../sandbox/launcher.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import { clientSettings } from '../../config/access.ts';
import { dev } from '../stacks/toy-feed.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';

jest.setTimeout(300_000);
const lack = await lackOf(() => findLauncher(tmpdir()));

const USER = { reason: 'The host stands in our own rooms', expires: '2099-01-31' };

/** What a call of a rotation may come to. */
type Fate = (call: number) => 'fine' | 'never sent' | 'answer lost';

describeWith(lack, 'the access key of the IAM user', () => {
  let root: string;
  let endpoint: string;
  let settings: ReturnType<typeof clientSettings>;
  let env: Environment;
  let count = 0;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-key-'));
    ({ endpoint } = await startSandbox({ root }));
    settings = clientSettings({ region: 'us-east-1', environment: sandboxEnvironment(endpoint, {}, {}) });
  });
  afterAll(async () => {
    await stopSandbox({ root });
    await rm(root, { recursive: true });
  });

  const plain = () => ({ iam: new IAMClient(settings), secrets: new SecretsManagerClient(settings) });

  beforeEach(async () => {
    count += 1;
    env = { ...dev, name: `dev${count}`, user: USER };
    const { iam, secrets } = plain();
    await iam.send(new CreateUserCommand({ UserName: runnerName(env) }));
    await secrets.send(new CreateSecretCommand({ Name: runnerSecretName(env) }));
  });

  /** Services of which the n-th call of a rotation has the fate. @returns how many calls were made */
  const services = (fate: Fate = () => 'fine'): KeyServices & { readonly calls: () => number } => {
    let calls = 0;
    const fateful = <C extends IAMClient | SecretsManagerClient | STSClient>(client: C): C => {
      (client as IAMClient).middlewareStack.add(
        (next) => async (input) => {
          calls += 1;
          const what = fate(calls);
          if (what === 'never sent') throw new Error('The power went.');
          const answer = await next(input);
          if (what === 'answer lost') throw new Error('The power went.');
          return answer;
        },
        { step: 'initialize' },
      );
      return client;
    };
    return {
      iam: fateful(new IAMClient(settings)),
      secrets: fateful(new SecretsManagerClient(settings)),
      sts: (credentials) => fateful(new STSClient({ ...settings, credentials, maxAttempts: 1 })),
      patience: { retries: 2, minTimeout: 1, factor: 1 },
      calls: () => calls,
    };
  };

  const keyIds = async (): Promise<string[]> => {
    const { AccessKeyMetadata = [] } = await plain().iam.send(
      new ListAccessKeysCommand({ UserName: runnerName(env) }),
    );
    return AccessKeyMetadata.flatMap(({ AccessKeyId }) => AccessKeyId ?? []);
  };

  const storedId = async (): Promise<unknown> => {
    const { SecretString = '{}' } = await plain().secrets.send(
      new GetSecretValueCommand({ SecretId: runnerSecretName(env) }),
    );
    return (JSON.parse(SecretString) as Record<string, unknown>)['accessKeyId'];
  };

  test('the first call makes the first key, the next ones renew it', async () => {
    expect(await accessKeyState(env, plain())).toMatchObject({ state: 'not made', keys: 0 });
    const first = await rotateAccessKey(env, services());
    expect(first).toMatchObject({ user: runnerName(env), secret: runnerSecretName(env), ended: [] });
    expect([await keyIds(), await storedId()]).toEqual([[first.accessKeyId], first.accessKeyId]);

    const second = await rotateAccessKey(env, services());
    expect(second.ended).toEqual([first.accessKeyId]);
    expect([await keyIds(), await storedId()]).toEqual([[second.accessKeyId], second.accessKeyId]);
    const state = await accessKeyState(env, plain());
    expect(state).toEqual({ user: runnerName(env), state: 'made', keys: 1, days: 0 });
    expect(JSON.stringify([first, second, state])).not.toContain('secretAccessKey');
  });

  describe.each(['never sent', 'answer lost'] as const)('a call of a rotation that is %s', (fault) => {
    test.each([
      ['the first key', 0],
      ['the second key', 1],
    ])('wherever it is, leaves at most two keys, and the next rotation ends it: %s', async (_, before) => {
      const whole = services();
      if (before === 1) await rotateAccessKey(env, services());
      await rotateAccessKey(env, whole);
      expect(whole.calls()).toBeGreaterThanOrEqual(5);
      for (let cut = 1; cut <= whole.calls(); cut += 1) {
        count += 1;
        env = { ...env, name: `dev${count}` };
        const { iam, secrets } = plain();
        await iam.send(new CreateUserCommand({ UserName: runnerName(env) }));
        await secrets.send(new CreateSecretCommand({ Name: runnerSecretName(env) }));
        if (before === 1) await rotateAccessKey(env, services());
        const old = before === 1 ? await storedId() : undefined;

        const outcome = await rotateAccessKey(
          env,
          services((call) => (call < cut ? 'fine' : fault)),
        ).catch((error: unknown) => error);
        expect(outcome).toBeInstanceOf(Error);
        const left = await keyIds();
        expect(left.length).toBeLessThanOrEqual(2);
        if (before === 1)
          expect([old, await storedId()].some((id) => left.includes(id as string))).toBe(true);

        const { accessKeyId } = await rotateAccessKey(env, services());
        expect([await keyIds(), await storedId()]).toEqual([[accessKeyId], accessKeyId]);
      }
    });
  });

  test('a key that AWS does not accept is taken back, and the one before it stays', async () => {
    const { accessKeyId } = await rotateAccessKey(env, services());
    const refusing = {
      ...services(),
      sts: () => new STSClient({ ...settings, maxAttempts: 1 }),
    };
    await expect(rotateAccessKey(env, refusing)).rejects.toMatchObject({ code: 'KEY_NOT_ACCEPTED' });
    expect([await keyIds(), await storedId()]).toEqual([[accessKeyId], accessKeyId]);
  });

  test('a key that IAM needs a while to know is waited for', async () => {
    let asked = 0;
    const slow = services();
    const late: KeyServices = {
      ...slow,
      sts: (key) => {
        const client = slow.sts(key);
        client.middlewareStack.add(
          (next) => (input) => {
            asked += 1;
            if (asked < 3) throw new Error('InvalidClientTokenId');
            return next(input);
          },
          { step: 'initialize' },
        );
        return client;
      },
    };
    await rotateAccessKey(env, late);
    expect(asked).toBe(3);
  });

  test('keys made by hand, whose secret nobody has stored, give way', async () => {
    const { iam } = plain();
    for (let made = 0; made < 2; made += 1) {
      await iam.send(new CreateAccessKeyCommand({ UserName: runnerName(env) }));
    }
    expect(keyWarning((await accessKeyState(env, plain())) ?? fail())).toMatch(/cut off/);
    const { accessKeyId, ended } = await rotateAccessKey(env, services());
    expect(ended).toHaveLength(2);
    expect(await keyIds()).toEqual([accessKeyId]);
  });

  test('up makes the first key, once', async () => {
    const before = { ...process.env };
    Object.assign(process.env, sandboxEnvironment(endpoint));
    const notes: string[] = [];
    const step: Output['step'] = (_title, work) => work({ note: (line) => void notes.push(line) });
    try {
      await makeFirstKey({ output: { step } as Output }, env);
      const [first] = await keyIds();
      await makeFirstKey({ output: { step } as Output }, env);
      expect([await keyIds(), await storedId()]).toEqual([[first], first]);
    } finally {
      process.env = before;
    }
    expect(notes).toEqual([`stored in the secret ${runnerSecretName(env)}`]);
  });

  test('without a user, and with one that is not applied yet, nothing is made', async () => {
    const nobody = { ...dev, name: env.name };
    await expect(rotateAccessKey(nobody, services())).rejects.toMatchObject({ code: 'NO_USER' });
    expect(await accessKeyState(nobody, plain())).toBeUndefined();
    const later = { ...env, name: 'later' };
    await expect(rotateAccessKey(later, services())).rejects.toMatchObject({ code: 'USER_NOT_DEPLOYED' });
    expect(await accessKeyState(later, plain())).toMatchObject({ state: 'not deployed' });
  });
});

describe('what is said of a key', () => {
  const made = { user: 'acme-dev-runner', state: 'made', keys: 1 } as const;
  test('it is to be renewed after 90 days', () => {
    expect(keyWarning({ ...made, days: 90 })).toBeUndefined();
    expect(keyWarning({ ...made, days: 91 })).toMatch(/91 days old.*secrets rotate/);
    expect(keyWarning({ ...made, state: 'not made', keys: 0 })).toMatch(/no key yet/);
  });
});

const fail = (): never => {
  throw new Error('The environment has a user.');
};
