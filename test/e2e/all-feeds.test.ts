import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliverDay } from '../../cli/demo/deliver.ts';
import { filledTables } from '../../cli/demo/show.ts';
import { openProject, type Project } from '../../cli/project.ts';
import { clientSettings } from '../../config/access.ts';
import { repositoryName } from '../../config/names.ts';
import { writePins } from '../../config/pins.ts';
import { feeds } from '../../etl/feeds.ts';
import { planWorker } from '../../images/ensure.ts';
import { WORKER } from '../../images/plan.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { ensureStateBucket } from '../../terraform/state-bucket.ts';
import { callIn, emulatorLack, type Told } from './support/command-line.ts';
import { DATE, generatedDays } from './support/generated-days.ts';
import { enforceIam, userWith } from './support/identity.ts';
import { describeWith } from './support/prerequisites.ts';
import { sentSql } from './support/sent-sql.ts';

const MINUTES = 60_000;
jest.setTimeout(10 * MINUTES);
const lack = await emulatorLack(tmpdir());
const NAMES = feeds.map(({ name }) => name);
const STACKS = ['foundation', 'warehouse', ...NAMES];

interface Stage {
  readonly stage: string;
  readonly units: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsRejected: number;
  readonly rowsDropped: number;
}

/** What makes the stacks hold every type that they can on ECS. */
const WHOLE = {
  alarmEmail: 'data@example.com',
  monthlyBudgetUsd: 300,
  deleteData: true,
  user: { reason: 'A host outside AWS runs the stages', expires: '2099-12-31' },
};
const READER = 'arn:aws:quicksight:us-east-1:123456789012:user/default/reader';

const golden = (name: string): Promise<string> =>
  readFile(new URL(`golden/${name}-warehouse.sql`, import.meta.url), 'utf8');

describeWith(lack, 'every feed of the register in one environment with a warehouse', () => {
  let folder: string;
  let endpoint: string;
  let project: Project;
  /** Of a user who has what `policy print deployer` prints and nothing else. */
  let deployer: NodeJS.ProcessEnv;
  /** Transactions that were sent before what is looked at. */
  let seen = 0;
  const before = { ...process.env };

  const call = (...argv: string[]): Promise<Told> => callIn(folder, argv);
  /** As on AWS: with a key of IAM, the state in S3, and every request judged. */
  const asDeployer = (...argv: string[]): Promise<Told> =>
    callIn(folder, [...argv, '--target', 'aws'], '', deployer);

  const configure = async (): Promise<void> => {
    const file = join(folder, 'peaches.config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as {
      environments: { dev: object };
      feeds: { mediatailor: object };
    };
    Object.assign(config.environments.dev, WHOLE);
    Object.assign(config.feeds.mediatailor, { quicksightUsers: [READER] });
    await writeFile(file, JSON.stringify(config));
  };

  /** What a push of the image comes to for the registry; whether an image can be built is the machine's matter. */
  const putImage = async (): Promise<void> => {
    const { tag } = await planWorker({ root: folder });
    const ecr = new ECRClient(clientSettings({ region: 'us-east-1', environment: deployer }));
    await ecr.send(
      new PutImageCommand({
        repositoryName: repositoryName(project.environment, WORKER),
        imageTag: tag,
        imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
        imageManifest: JSON.stringify({ schemaVersion: 2, config: { size: 1 }, layers: [] }),
      }),
    );
    ecr.destroy();
  };

  /** What changed the warehouse since the last look; the same text once. */
  const changesSent = async (): Promise<string> => {
    const sent = await sentSql(endpoint);
    const changes = sent.slice(seen).filter(([first = '']) => !/^\s*SELECT/.test(first));
    seen = sent.length;
    const texts = new Set(changes.map((statements) => statements.join(';\n')));
    return [...texts].map((text) => `${text};\n`).join('\n');
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peaches-feeds-'));
    await writeFile(
      join(folder, 'sizes.sql'),
      `-- How many belong to each group.
      DROP TABLE IF EXISTS cmslite.group_sizes;
      CREATE TABLE cmslite.group_sizes AS SELECT group_id, count(*) AS users FROM cmslite.user_group GROUP BY group_id;`,
    );
    const init = await call(
      ...['init', '--yes', '--name', 'acme', '--account', '123456789012', '--region', 'us-east-1'],
      ...['--target', 'sandbox', '--warehouse', 'redshift', '--feeds', NAMES.join(',')],
      ...['--set', 'freewheel.networkId=171213', '--set', 'tv-metadata.regions=be'],
      ...['--set', 'cms-lite.sql_query=sizes.sql'],
    );
    expect(init).toMatchObject({ status: 0, stderr: '' });
    await configure();
    const { stdout } = await call('sandbox', 'start', '--json');
    ({ endpoint } = JSON.parse(stdout) as { endpoint: string });
    project = await openProject({
      ...{ cwd: folder, config: 'peaches.config.json', env: undefined, target: 'sandbox' },
    });
    Object.assign(process.env, sandboxEnvironment(endpoint, { account: project.environment.account }));
    const printed = await call('policy', 'print', 'deployer', '--json');
    const { documents } = JSON.parse(printed.stdout) as { documents: { document: unknown }[] };
    const texts = documents.map(({ document }) => JSON.stringify(document));
    deployer = await userWith(endpoint, 'deployer', texts);
  });
  afterAll(async () => {
    process.env = before;
    await call('sandbox', 'stop');
    await rm(folder, { recursive: true, force: true });
  });

  describe('with the rights that are printed for the deployer, and no others', () => {
    beforeAll(() => enforceIam(endpoint, true));
    afterAll(async () => {
      await enforceIam(endpoint, false);
      await writePins(folder, 'dev', {});
    });

    test('up applies every stack', async () => {
      await ensureStateBucket(project.environment, deployer);
      expect(await asDeployer('deploy', 'foundation', '--yes')).toMatchObject({ status: 0 });
      await putImage();
      const { status, stdout } = await asDeployer('up', '--yes', '--json');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        stacks: STACKS.map((stack) => ({ stack, result: stack === 'foundation' ? 'unchanged' : 'applied' })),
      });
    });

    test('afterwards there is nothing to change, and nothing has drifted', async () => {
      const { status, stdout } = await asDeployer('diff', '--json');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        changes: false,
        stacks: STACKS.map((stack) => ({ stack, hasChanges: false })),
      });
      expect(await asDeployer('drift', '--json')).toMatchObject({ status: 0 });
    });
  });

  test('the stages have their rights in the warehouse', async () => {
    expect(await changesSent()).toBe(await golden('rights'));
  });

  describe.each(NAMES)('%s', (name) => {
    const run = async (): Promise<readonly Stage[]> => {
      const { status, stdout } = await call('run', name, '--date', DATE, '--json');
      expect(status).toBe(0);
      return (JSON.parse(stdout) as { stages: Stage[] }).stages;
    };

    test('a day runs, every row is accounted for, and the tables say what was generated', async () => {
      const day = generatedDays[name];
      if (day === undefined) throw new Error(`There is no generated day for ${name}.`);
      await deliverDay(project, endpoint, day, DATE);
      const stages = await run();
      expect(stages.map(({ stage }) => stage)).toEqual(Object.keys(day.feed.stages));
      for (const { rowsIn, rowsOut, rowsRejected, rowsDropped } of stages) {
        expect(rowsIn).toBe(rowsOut + rowsRejected + rowsDropped);
      }
      const filled = await filledTables(project, day);
      expect(filled.map(({ title, rows }) => ({ title, rows }))).toEqual(day.expected());
    });

    test('the SQL that the warehouse was sent', async () => {
      expect(await changesSent()).toBe(await golden(name));
    });

    test('a second run finds nothing new and sends no change', async () => {
      expect((await run()).map(({ units }) => units)).toEqual(
        Object.keys(generatedDays[name]?.feed.stages ?? {}).map(() => 0),
      );
      expect(await changesSent()).toBe('');
    });
  });

  describe('with the same rights', () => {
    beforeAll(() => enforceIam(endpoint, true));
    afterAll(() => enforceIam(endpoint, false));

    test('destroy leaves the boundary, which they keep from removal, and nothing that costs anything', async () => {
      const { status, stdout } = await asDeployer('destroy', '--yes', '--delete-data', '--json');
      const document = JSON.parse(stdout) as { left: { billable: boolean; name: string }[] };
      expect({ status, document }).toMatchObject({ status: 0, document: { kept: [] } });
      expect(document.left.filter(({ billable }) => billable)).toEqual([]);
      expect(document.left.map(({ name }) => name)).toContain('acme-dev-boundary');
    });
  });
});
