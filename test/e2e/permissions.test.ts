import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLauncher } from '../../sandbox/launcher.ts';
import { startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import { callIn } from './support/command-line.ts';
import { enforceIam, userWith } from './support/identity.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';

jest.setTimeout(300_000);
const lack = await lackOf(() => findLauncher(tmpdir()));

interface Check {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly mend?: string;
  readonly denied?: readonly string[];
}

const SIMULATE = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['iam:SimulatePrincipalPolicy'], Resource: '*' }],
});

describeWith(lack, 'doctor on the permissions of its caller', () => {
  let root: string;
  let endpoint: string;
  let deployer: readonly string[];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-permissions-'));
    ({ endpoint } = await startSandbox({ root }));
    await writeFile(
      join(root, 'peaches.config.json'),
      JSON.stringify({
        name: 'acme',
        environments: { dev: { account: '123456789012', region: 'us-east-1' } },
        feeds: { freewheel: { networkId: '171213' } },
      }),
    );
    const { stdout } = await callIn(root, ['policy', 'print', 'deployer', '--json']);
    const { documents } = JSON.parse(stdout) as { readonly documents: readonly { document: unknown }[] };
    deployer = documents.map(({ document }) => JSON.stringify(document));
  });
  afterAll(async () => {
    await enforceIam(endpoint, false);
    await stopSandbox({ root });
    await rm(root, { recursive: true });
  });

  const permissionsOf = async (caller: NodeJS.ProcessEnv): Promise<Check | undefined> => {
    const { stdout } = await callIn(root, ['doctor', '--json'], '', caller);
    const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
    return checks.find(({ name }) => name === 'permissions');
  };

  test('who has the printed policy lacks nothing', async () => {
    const caller = await userWith(endpoint, 'whole', [...deployer, SIMULATE]);
    expect(await permissionsOf(caller)).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/user\/whole may do all \d{3,} that deploying needs/),
    });
  });

  test('what is missing is named with its resource and its mend', async () => {
    const without = deployer.map((document) => document.replaceAll('"sqs:CreateQueue",', ''));
    const caller = await userWith(endpoint, 'lacking', [...without, SIMULATE]);
    const check = await permissionsOf(caller);
    expect(check).toMatchObject({ state: 'missing', mend: expect.stringContaining('policy print deployer') });
    expect(check?.denied).toEqual(['sqs:CreateQueue on arn:aws:sqs:us-east-1:123456789012:acme-dev-any']);
  });

  test('a right that is bound to the wrong boundary is a missing right', async () => {
    const without = deployer.map((document) =>
      document.replaceAll('policy/acme-dev-boundary', 'policy/other'),
    );
    const caller = await userWith(endpoint, 'unbound', [...without, SIMULATE]);
    expect((await permissionsOf(caller))?.denied).toContain(
      'iam:CreateRole on arn:aws:iam::123456789012:role/acme-dev-freewheel-slots',
    );
  });

  test('who may not simulate is told so, and is not stopped', async () => {
    const caller = await userWith(endpoint, 'silent', deployer);
    await enforceIam(endpoint, true);
    try {
      expect(await permissionsOf(caller)).toMatchObject({
        state: 'optional',
        found: expect.stringContaining('may not simulate'),
        mend: expect.stringContaining('iam:SimulatePrincipalPolicy'),
      });
    } finally {
      await enforceIam(endpoint, false);
    }
  });
});
