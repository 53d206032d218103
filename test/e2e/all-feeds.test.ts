import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliverDay } from '../../cli/demo/deliver.ts';
import { filledTables } from '../../cli/demo/show.ts';
import { openProject, type Project } from '../../cli/project.ts';
import { feeds } from '../../etl/feeds.ts';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { callIn, emulatorLack, type Told } from './support/command-line.ts';
import { DATE, generatedDays } from './support/generated-days.ts';
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

const golden = (name: string): Promise<string> =>
  readFile(new URL(`golden/${name}-warehouse.sql`, import.meta.url), 'utf8');

describeWith(lack, 'every feed of the register in one environment with a warehouse', () => {
  let folder: string;
  let endpoint: string;
  let project: Project;
  /** Transactions that were sent before what is looked at. */
  let seen = 0;
  const before = { ...process.env };

  const call = (...argv: string[]): Promise<Told> => callIn(folder, argv);

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
    const { stdout } = await call('sandbox', 'start', '--json');
    ({ endpoint } = JSON.parse(stdout) as { endpoint: string });
    project = await openProject({
      ...{ cwd: folder, config: 'peaches.config.json', env: undefined, target: 'sandbox' },
    });
    Object.assign(process.env, sandboxEnvironment(endpoint, { account: project.environment.account }));
  });
  afterAll(async () => {
    process.env = before;
    await call('sandbox', 'stop');
    await rm(folder, { recursive: true, force: true });
  });

  test('up applies every stack, and opens the warehouse to the stages', async () => {
    const { status, stdout } = await call('up', '--yes', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      stacks: STACKS.map((stack) => ({ stack, result: 'applied' })),
    });
    expect(await changesSent()).toBe(await golden('rights'));
  });

  test('afterwards there is nothing to change', async () => {
    const { status, stdout } = await call('diff', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      changes: false,
      stacks: STACKS.map((stack) => ({ stack, hasChanges: false })),
    });
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

  test('destroy leaves nothing that costs anything, and keeps nothing', async () => {
    const { status, stdout } = await call('destroy', '--yes', '--delete-data', '--json');
    expect(status).toBe(0);
    const { left, kept } = JSON.parse(stdout) as { left: { billable: boolean }[]; kept: unknown[] };
    expect(left.filter(({ billable }) => billable)).toEqual([]);
    expect(kept).toEqual([]);
  });
});
