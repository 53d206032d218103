import { IAMClient, ListAccessKeysCommand } from '@aws-sdk/client-iam';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTerraform } from '../../terraform/find.ts';
import { withProviders } from '../../terraform/providers.ts';
import { openGroup } from './support/by-hand.ts';
import { callIn, emulatorLack, type Told } from './support/command-line.ts';
import { ACCOUNT, testLife, type Life } from './support/lifecycle.ts';
import { describeWith } from './support/prerequisites.ts';
import { searchFolder } from './support/traces.ts';

const MINUTES = 60_000;
jest.setTimeout(5 * MINUTES);

const LOGS = `acme-dev-fastly-logs-${ACCOUNT}`;
const GROUP = 'tasks-acme-dev-fastly';
const DATA = { Bucket: LOGS, Key: 'raw/one.csv', Body: 'a line of data' };
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** What the host outside AWS takes from the secret. */
const storedKey = async (life: Life): Promise<{ accessKeyId: string; secretAccessKey: string }> => {
  const secrets = new SecretsManagerClient(life.settings());
  const { SecretString = '{}' } = await secrets.send(
    new GetSecretValueCommand({ SecretId: 'acme-dev/runner' }),
  );
  secrets.destroy();
  return JSON.parse(SecretString) as { accessKeyId: string; secretAccessKey: string };
};

const keyIds = async (life: Life): Promise<(string | undefined)[]> => {
  const iam = new IAMClient(life.settings());
  const { AccessKeyMetadata = [] } = await iam.send(
    new ListAccessKeysCommand({ UserName: 'acme-dev-runner' }),
  );
  iam.destroy();
  return AccessKeyMetadata.map(({ AccessKeyId }) => AccessKeyId);
};

/** CDKTF's own command on the stacks of the environment, as docs/cli.md has it. */
const cdktf = async ({ folder, environment }: Life, ...argv: string[]) => {
  const binary = await findTerraform();
  const inherited = { ...environment(), PEACHES_CONFIG: join(folder, 'peaches.config.json') };
  const { exitCode, stdout, stderr } = await execa(
    join(REPOSITORY, 'node_modules', '.bin', 'cdktf'),
    [...argv, '--skip-provider-lock', '--output', join(folder, 'cdktf.out')],
    {
      cwd: REPOSITORY,
      env: {
        ...(await withProviders({ binary, environment: inherited, folder: join(folder, '.peaches') })),
        ...{ PEACHES_TARGET: 'sandbox', TERRAFORM_BINARY_NAME: binary.command, CI: '1' },
      },
      extendEnv: false,
      reject: false,
    },
  );
  return { status: exitCode, said: `${stdout}\n${stderr}` };
};

const withinLife = (life: Life): void => {
  test('drift --accept writes into the state what the account has, and deploy still sets it right', async () => {
    await openGroup(life.settings(), GROUP);
    expect(await life.told('drift', '--accept', 'fastly', '--yes')).toMatchObject({
      status: 0,
      document: { drift: true, accepted: ['fastly'] },
    });
    expect(await life.told('drift', 'fastly')).toMatchObject({ status: 0, document: { drift: false } });
    expect((await life.states()).some((state) => state.includes('"from_port": 22'))).toBe(true);
    expect(await life.told('diff', 'fastly')).toMatchObject({
      status: 2,
      document: { stacks: [{ counts: { add: 0, change: 1, remove: 0 } }] },
    });
    expect(await life.told('deploy', 'fastly', '--yes')).toMatchObject({ status: 0 });
    expect((await life.states()).some((state) => state.includes('"from_port": 22'))).toBe(false);
    expect(await life.told('diff', 'fastly')).toMatchObject({ status: 0 });
  });

  test('secrets rotate renews the key that up made: the new one is in the secret alone, the old one is gone', async () => {
    const told: Told[] = [];
    const keys = [await storedKey(life)];
    for (let count = 0; count < 2; count += 1) {
      told.push(await life.call('secrets', 'rotate', '--verbose'));
      keys.push(await storedKey(life));
      expect(await keyIds(life)).toEqual([keys.at(-1)?.accessKeyId]);
    }
    expect(told.map(({ status }) => status)).toEqual([0, 0]);
    expect(new Set(keys.map(({ accessKeyId }) => accessKeyId)).size).toBe(3);
    const words = keys.map(({ secretAccessKey }) => secretAccessKey);
    expect(words.filter((word) => word.length > 20)).toHaveLength(3);
    const { searched, found } = await searchFolder(life.folder, words);
    expect(searched.some((file) => file.endsWith('foundation.tfstate'))).toBe(true);
    expect(found).toEqual([]);
    for (const { stdout, stderr } of told) {
      for (const word of words) expect(stdout + stderr).not.toContain(word);
    }
    expect(await life.told('diff', 'foundation')).toMatchObject({ status: 0 });
  });

  test("CDKTF's own command sees no change, and deploys, on the same state", async () => {
    const diff = await cdktf(life, 'diff', 'acme-dev-foundation');
    expect(diff).toMatchObject({ status: 0, said: expect.stringContaining('No changes.') as unknown });
    const deploy = await cdktf(life, 'deploy', 'acme-dev-foundation', 'acme-dev-fastly', '--auto-approve');
    expect(deploy).toMatchObject({ status: 0, said: expect.stringContaining('No changes.') as unknown });
    expect(await life.told('diff')).toMatchObject({ status: 0 });
  });

  test('a plan that would replace a bucket says what is lost, first, and needs the second key', async () => {
    const s3 = new S3Client(life.settings());
    await s3.send(new PutObjectCommand(DATA));
    s3.destroy();
    const { command } = await findTerraform();
    const bucket = 'aws_s3_bucket.bucket-logs_bucket';
    const inStack = (...argv: string[]) =>
      execa(command, argv, { cwd: join(life.folder, 'cdktf.out', 'stacks', 'acme-dev-fastly') });
    await inStack('taint', bucket);
    const lost = `all objects in it, every version: ${LOGS}, 1 object version, 14 B`;

    const { stdout } = await life.call('diff', 'fastly');
    expect(stdout.slice(stdout.indexOf('\nfastly\n')).split('\n')[2]).toMatch(
      new RegExp(`^ +-/\\+ ${bucket}.*: loses ${lost}$`),
    );
    for (const command of [['deploy', 'fastly'], ['up']]) {
      const before = await life.states();
      expect(await life.told(...command, '--yes')).toMatchObject({
        status: 77,
        document: { error: { code: 'DATA_LOSS_REFUSED', details: { losses: [{ address: bucket, lost }] } } },
      });
      expect(await life.states()).toEqual(before);
    }
    await inStack('untaint', bucket);
  });

  test('I8: a protected environment, and one that does not allow it, lose nothing', async () => {
    const before = await life.states();
    await life.configure({ protected: true });
    expect(await life.told('destroy', '--yes', '--delete-data')).toMatchObject({
      status: 77,
      document: { error: { code: 'ENVIRONMENT_PROTECTED' } },
    });
    await life.configure({ protected: false });
    await life.configure({ deleteData: false });
    expect(await life.told('destroy', '--yes', '--delete-data')).toMatchObject({
      status: 77,
      document: { error: { code: 'DATA_DELETION_NOT_ALLOWED' } },
    });
    await life.configure({ deleteData: undefined });
    const argv = ['destroy', '--yes', '--delete-data', '--target', 'aws', '--json'];
    const { status, stdout } = await callIn(life.folder, argv, '', life.environment());
    expect(status).toBe(77);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'DATA_DELETION_NOT_ALLOWED' } });
    expect(await life.states()).toEqual(before);
    expect(await life.billable()).toContain(`s3 bucket ${LOGS}`);
  });

  test(
    'destroy keeps what holds data, with its key; the next plan adds the rest and touches nothing of it',
    async () => {
      const { status, document } = await life.told('destroy', '--yes');
      expect({ status, document }).toMatchObject({
        status: 0,
        document: { left: expect.any(Array) as unknown },
      });
      const { kept } = document as { kept: { name: string }[] };
      expect(kept.map(({ name }) => name)).toContain(LOGS);
      const s3 = new S3Client(life.settings());
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: LOGS, Key: DATA.Key }));
      expect(await Body?.transformToString()).toBe(DATA.Body);
      s3.destroy();
      expect((await life.billable()).every((one) => /^(s3 bucket|ecr repository|kms key) /.test(one))).toBe(
        true,
      );
      const diff = await life.told('diff');
      expect(diff).toMatchObject({
        status: 2,
        document: {
          stacks: [
            { stack: 'foundation', counts: { change: 0, remove: 0 } },
            { stack: 'fastly', counts: { change: 0, remove: 0 } },
          ],
        },
      });
      const adds = JSON.stringify(diff.document);
      expect(adds).toContain('aws_sfn_state_machine.pipeline_machine');
      expect(adds).not.toMatch(/bucket-logs_|aws_kms_key\.data-key/);
    },
    6 * MINUTES,
  );
};

describeWith(await emulatorLack(tmpdir()), 'the life of an environment', () => {
  testLife(
    { stack: 'fastly', address: 'aws_security_group.tasks', group: GROUP },
    { user: { reason: 'A host outside AWS runs the stages', expires: '2099-12-31' } },
    withinLife,
  );
});
