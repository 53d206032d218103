import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { inventoryOf } from '../../terraform/inventory.ts';
import { latestRuns } from '../../terraform/journal.ts';
import { callIn, emulatorLack, startIn } from './support/command-line.ts';
import { describeWith } from './support/prerequisites.ts';

const ACCOUNT = '123456789012';
const SCOPE = { project: 'acme', name: 'dev', region: 'us-east-1' };
jest.setTimeout(600_000);

/** So many resources are made before the kill; the state, which lies in S3, knows none of them. */
const MADE = 15;

describeWith(await emulatorLack(tmpdir()), 'destroy after a killed apply', () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peaches-killed-'));
    await callIn(folder, [
      ...['init', '--yes', '--name', SCOPE.project, '--account', ACCOUNT, '--region', SCOPE.region],
      ...['--feeds', 'freewheel', '--set', 'freewheel.networkId=171213'],
    ]);
    const file = join(folder, 'peaches.config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as { environments: { dev: object } };
    Object.assign(config.environments.dev, { deleteData: true });
    await writeFile(file, JSON.stringify(config));
    const { stdout } = await callIn(folder, ['sandbox', 'start', '--json']);
    const { endpoint } = JSON.parse(stdout) as { endpoint: string };
    environment = sandboxEnvironment(endpoint, { account: ACCOUNT });
  });
  afterAll(async () => {
    await callIn(folder, ['sandbox', 'stop']);
    await rm(folder, { recursive: true, force: true });
  });

  test('releases the dead lock, takes back what was made and leaves nothing that costs anything', async () => {
    const up = startIn(folder, ['up', '--yes'], environment);
    const journal = join(folder, '.peaches', SCOPE.name, 'journal');
    for (;;) {
      const [run] = (await latestRuns(journal, 'acme-dev-foundation')).slice(-1);
      const made = run?.events.filter(({ type }) => type === 'done') ?? [];
      if (run?.process !== undefined && made.length >= MADE) {
        up.kill('SIGKILL');
        process.kill(run.process.pid, 'SIGKILL');
        break;
      }
      expect(up.exitCode).toBeNull();
      await sleep(100);
    }
    await up;
    const { status, stdout, stderr } = await callIn(
      folder,
      ['destroy', '--yes', '--delete-data', '--json'],
      '',
      environment,
    );
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ stacks: [{ stack: 'freewheel' }, { result: 'destroyed' }] });
    expect(stderr).toContain('is taken back');
    expect((await inventoryOf(SCOPE, environment)).filter(({ billable }) => billable)).toEqual([]);
  });
});
