import { mkdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { workFolder } from '../../config/paths.ts';
import { writeConfig } from '../../config/write.ts';
import type { RunReport } from '../../etl/runtime/run.ts';
import { startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import type { StackResult } from '../applying.ts';
import { resultsText } from '../applying.ts';
import type { Invocation, Outcome } from '../command.ts';
import { deliverDay } from '../demo/deliver.ts';
import type { DemoFeed } from '../demo/demo-feed.ts';
import { demoFeeds } from '../demo/demo-feeds.ts';
import { filledTables, filledText, type FilledTable } from '../demo/show.ts';
import { holding } from '../environment-hold.ts';
import { openRun } from '../feed-run.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { createPrompt } from '../prompt.ts';
import { runText } from '../views/run.ts';
import { bringUp } from './up.ts';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const DATE = '2026-03-01';

/**
 * `demo`: a whole account in an emulator of its own below `.peaches/demo`, for every feed a generated day, its
 * pipeline and what the warehouse then holds. A second call converges and shows the same.
 */
export const demo = async (
  invocation: Invocation,
  { stop }: { readonly stop: boolean },
): Promise<Outcome> => {
  const root = join(workFolder(dirname(resolve(invocation.cwd, invocation.config))), 'demo');
  const config = join(root, 'peaches.config.json');
  await mkdir(root, { recursive: true });
  await writeConfig(config, demoConfig(), { replace: true });
  const own: Invocation = {
    ...invocation,
    config,
    env: 'demo',
    target: 'sandbox',
    prompt: createPrompt('defaults'),
  };
  const project = await openProject(own);
  const endpoint = await own.output.step('Emulator', async (step) => {
    const sandbox = await startSandbox({ root, onNote: (text) => step.note(text) });
    step.note(`answers at ${sandbox.endpoint}`);
    return sandbox.endpoint;
  });
  const stacks: StackResult[] = [];
  await holding(own, project, 'demo', () =>
    bringUp(own, project, { platform: undefined, allowReplace: [] }, stacks),
  );
  const days: Day[] = [];
  for (const shown of demoFeeds) days.push(await dayOf(own, project, endpoint, shown));
  if (stop) await own.output.step('Stop the emulator', () => stopSandbox({ root }));
  return outcomeOf(own, { stacks, days, stop, config: relative(invocation.cwd, config) });
};

const demoConfig = () => ({
  name: 'peaches-demo',
  default: 'demo',
  environments: {
    demo: {
      ...{ account: ACCOUNT, region: REGION, target: 'sandbox' as const },
      ...{ compute: 'ecs' as const, warehouse: 'redshift' as const },
    },
  },
  feeds: Object.fromEntries(demoFeeds.map(({ feed, params }) => [feed.name, params])),
});

/** What became of a feed's day. */
interface Day {
  readonly title: string;
  readonly run: RunReport;
  readonly tables: readonly FilledTable[];
}

const dayOf = async (
  invocation: Invocation,
  project: Project,
  endpoint: string,
  shown: DemoFeed,
): Promise<Day> => {
  const { name, title } = shown.feed;
  await invocation.output.step(`A day for ${name}`, async (step) => {
    step.note(`${await deliverDay(project, endpoint, shown, DATE)} for ${DATE}`);
  });
  const session = await openRun(invocation, { local: undefined, set: [] }, name, undefined);
  try {
    const run = await session.runDay(DATE);
    return { title, run, tables: await filledTables(project, shown) };
  } finally {
    await session.close();
  }
};

interface Shown {
  readonly stacks: readonly StackResult[];
  readonly days: readonly Day[];
  readonly stop: boolean;
  readonly config: string;
}

const outcomeOf = ({ output }: Invocation, { stacks, days, stop, config }: Shown): Outcome => {
  const { style } = output;
  const next = [
    `  npx tsx bootstrap.ts status --config ${config}`,
    `  npx tsx bootstrap.ts diff --config ${config}`,
    `  npx tsx bootstrap.ts run fastly --date ${DATE} --config ${config}   # nothing new`,
    `  npx tsx bootstrap.ts destroy --config ${config} --yes --delete-data`,
    `  npx tsx bootstrap.ts sandbox stop --config ${config}`,
  ];
  return {
    document: {
      date: DATE,
      stacks,
      feeds: days.map(({ run, tables }) => ({
        run,
        tables: tables.map(({ title, rows }) => ({ title, rows })),
      })),
    },
    text: [
      resultsText(stacks),
      ...days.flatMap(({ title, run, tables }) => [
        style('cyan', title),
        runText(run, style),
        ...tables.map((table) => filledText(table, style)),
      ]),
      [
        'Next:',
        ...(stop ? [] : next),
        '  npx tsx bootstrap.ts init      a configuration of your own, with the feeds that you have',
      ].join('\n'),
    ].join('\n\n'),
  };
};
