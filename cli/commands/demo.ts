import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { wiringOf } from '../../config/wiring.ts';
import { workFolder } from '../../config/paths.ts';
import { writeConfig } from '../../config/write.ts';
import { aliasOf } from '../../etl/feed.ts';
import { freewheel } from '../../etl/freewheel/feed.ts';
import type { FreewheelParams } from '../../etl/freewheel/params.ts';
import { openAwsPlace } from '../../etl/runtime/places/aws.ts';
import type { RunReport } from '../../etl/runtime/run.ts';
import { generateFreewheelDay } from '../../examples/freewheel-day.ts';
import { deliverExternal, seedExternal } from '../../sandbox/external.ts';
import { startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import type { StackResult } from '../applying.ts';
import { resultsText } from '../applying.ts';
import { readCapacity } from '../capacity.ts';
import type { DayCapacity } from '../capacity.ts';
import type { Invocation, Outcome } from '../command.ts';
import { holding } from '../environment-hold.ts';
import { openRun } from '../feed-run.ts';
import { openProject } from '../project.ts';
import type { Project } from '../project.ts';
import { createPrompt } from '../prompt.ts';
import { classesText, topItemsText } from '../views/capacity.ts';
import { runText } from '../views/run.ts';
import { bringUp } from './up.ts';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const NETWORK = '171213';
const DATE = '2026-03-01';
const FILES = 12;
const MEGABYTES_PER_FILE = 2;
const TOP = 5;

/**
 * `demo`: a whole account in an emulator of its own below `.peaches/demo`, a generated day of logs, the pipeline
 * and its tables. A second call converges and shows the same.
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
  await deliverDay(own, project, endpoint);
  const report = await runDay(own);
  const capacity = await capacityOf(project);
  if (stop) await own.output.step('Stop the emulator', () => stopSandbox({ root }));
  return outcomeOf(own, { stacks, report, capacity, stop, config: relative(invocation.cwd, config) });
};

const demoConfig = () => ({
  name: 'peaches-demo',
  default: 'demo',
  environments: {
    demo: { account: ACCOUNT, region: REGION, target: 'sandbox' as const, compute: 'ecs' as const },
  },
  feeds: { freewheel: { networkId: NETWORK } },
});

/** Puts a generated day where FreeWheel would, in the emulator, and the names of its items where ours are. */
const deliverDay = async (
  { output }: Invocation,
  { root, environment }: Project,
  endpoint: string,
): Promise<void> => {
  await output.step('A day of FreeWheel logs', async (step) => {
    const folder = await mkdtemp(join(root, 'day-'));
    try {
      const truth = await generateFreewheelDay({
        folder,
        date: DATE,
        networkId: NETWORK,
        files: FILES,
        megabytesPerFile: MEGABYTES_PER_FILE,
        seed: 1,
      });
      const customer = { endpoint, account: ACCOUNT, region: REGION };
      const params = environment.feeds[freewheel.name];
      await seedExternal(customer, freewheel, params);
      for (const { bucket } of Object.values(freewheel.external ?? {})) {
        await deliverExternal(customer, freewheel, params, bucket, folder);
      }
      step.note(`${truth.files} files, ${truth.rows} rows for ${DATE}`);
      const place = await openAwsPlace(wiringOf(environment, freewheel), freewheel);
      try {
        for (const [dictionary, names] of Object.entries(truth.names)) {
          await place.store.put(
            aliasOf(freewheel.name, 'ids'),
            `${dictionary}/names.json`,
            JSON.stringify(names),
          );
        }
      } finally {
        await place.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
};

const runDay = async (invocation: Invocation): Promise<RunReport> => {
  const session = await openRun(invocation, { local: undefined, set: [] }, freewheel.name, undefined);
  try {
    return await session.runDay(DATE);
  } finally {
    await session.close();
  }
};

const capacityOf = async ({ environment }: Project): Promise<DayCapacity> => {
  const place = await openAwsPlace(wiringOf(environment, freewheel), freewheel);
  try {
    const { classes } = environment.feeds[freewheel.name] as FreewheelParams;
    return await readCapacity(place.store, DATE, classes);
  } finally {
    await place.close();
  }
};

interface Shown {
  readonly stacks: readonly StackResult[];
  readonly report: RunReport;
  readonly capacity: DayCapacity;
  readonly stop: boolean;
  readonly config: string;
}

const outcomeOf = ({ output }: Invocation, { stacks, report, capacity, stop, config }: Shown): Outcome => {
  const { style } = output;
  const { summaries, lists } = capacity;
  const tops = lists.filter((list) => list.class === 'midroll').map((list) => topItemsText(list, TOP, style));
  const next = [
    `  npx tsx bootstrap.ts status --config ${config}`,
    `  npx tsx bootstrap.ts diff --config ${config}`,
    `  npx tsx bootstrap.ts destroy --config ${config} --yes --delete-data`,
    `  npx tsx bootstrap.ts sandbox stop --config ${config}`,
  ];
  return {
    document: {
      date: DATE,
      stacks,
      run: report,
      classes: summaries,
      top: lists.map((list) => ({
        class: list.class,
        dimension: list.dimension,
        items: list.items.slice(0, TOP),
      })),
    },
    text: [
      resultsText(stacks),
      runText(report, style),
      classesText(summaries, style),
      ...tops,
      ['Next:', ...(stop ? [] : next), '  npx tsx bootstrap.ts init      a configuration of your own'].join(
        '\n',
      ),
    ].join('\n\n'),
  };
};
