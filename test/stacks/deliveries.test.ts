import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveEnvironment, loadConfig } from '../../config/load.ts';
import { feeds } from '../../etl/feeds.ts';
import { synthesize } from '../../stacks/synthesize.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deliveries-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Stack {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
}

const fastlyStack = async (params: object): Promise<Stack> => {
  const file = join(folder, 'peaches.config.json');
  const environments = { dev: { account: '123456789012', region: 'eu-central-1' } };
  await writeFile(file, JSON.stringify({ name: 'acme', environments, feeds: { fastly: params } }));
  const environment = resolveEnvironment(await loadConfig(file, feeds), {});
  const stacks = await synthesize(environment, { outdir: join(folder, 'out') });
  const stack = stacks.find(({ name }) => name === 'fastly');
  return JSON.parse(await readFile(join(stack?.folder ?? '', 'cdk.tf.json'), 'utf8')) as Stack;
};

test('who delivers gets a role for this customer alone, that does nothing but put into its bucket', async () => {
  const { resource } = await fastlyStack({ customerId: 'abc123' });
  const role = resource['aws_iam_role']?.['deliveries_fastly_role'];
  expect(role).toMatchObject({ name: 'acme-dev-fastly-from-fastly' });
  expect(JSON.parse(role?.['assume_role_policy'] ?? '')).toMatchObject({
    Statement: [
      {
        Principal: { AWS: 'arn:aws:iam::717331877981:root' },
        Condition: { StringEquals: { 'sts:ExternalId': 'abc123' } },
      },
    ],
  });
  expect(
    JSON.parse(resource['aws_iam_role_policy']?.['deliveries_fastly_policy']?.['policy'] ?? ''),
  ).toMatchObject({
    Statement: [
      {
        Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
        Resource: ['arn:aws:s3:::acme-dev-fastly-logs-123456789012/*'],
      },
      { Action: ['kms:Decrypt', 'kms:GenerateDataKey'] },
    ],
  });
});

test('without an external id there is no such role', async () => {
  const { resource } = await fastlyStack({});
  expect(Object.keys(resource['aws_iam_role'] ?? {}).filter((name) => name.startsWith('deliveries'))).toEqual(
    [],
  );
});
