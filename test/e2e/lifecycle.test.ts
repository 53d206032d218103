import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findTerraform } from '../../terraform/find.ts';
import { withProviders } from '../../terraform/providers.ts';
import { callIn, emulatorLack } from './support/command-line.ts';
import { ACCOUNT, testLife, type Life } from './support/lifecycle.ts';
import { describeWith } from './support/prerequisites.ts';

const MINUTES = 60_000;
jest.setTimeout(5 * MINUTES);

const LOGS = `acme-dev-fastly-logs-${ACCOUNT}`;
const DATA = { Bucket: LOGS, Key: 'raw/one.csv', Body: 'a line of data' };
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

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
  testLife([], withinLife);
});
