import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunReport } from '../../../etl/runtime/run.ts';
import { openToyPlace, type ToyPlace } from './support/toy-place.ts';

const FILES = 60;

const open: ToyPlace[] = [];

const newToy = async (): Promise<ToyPlace> => {
  const toy = await openToyPlace();
  open.push(toy);
  for (let n = 0; n < FILES; n += 1) {
    await toy.input(`file-${n}`, n === 7 ? 'BROKEN' : `${n}\n${n * n}\n${n % 10 === 0 ? '\n' : ''}`);
  }
  return toy;
};

const start = ({ dir }: ToyPlace) =>
  execa(process.execPath, ['--import', 'tsx', 'test/etl/runtime/support/toy-run.ts', dir], { reject: false });

const reportOf = ({ stdout }: { readonly stdout: string }): RunReport => JSON.parse(stdout) as RunReport;

/** All that a run leaves for others: outputs and quarantine, without the times in them. */
const endState = async (toy: ToyPlace) => ({
  data: await toy.contents('toy-data'),
  quarantine: Object.keys(await toy.contents('operations')).filter((key) => key.startsWith('quarantine/')),
});

let expected: Awaited<ReturnType<typeof endState>>;

beforeEach(async () => {
  const clean = await newToy();
  await clean.run();
  expected = await endState(clean);
});
afterEach(async () => {
  for (const toy of open.splice(0)) await toy.remove();
});

test('E15: two runs at once share the units and end as one run would', async () => {
  const toy = await newToy();
  const reports = (await Promise.all([start(toy), start(toy)])).map(reportOf);
  const worked = reports.map(({ stages }) => stages[0]!.units);
  expect(worked.reduce((a, b) => a + b, 0)).toBe(FILES);
  expect(reports.map(({ incomplete }) => incomplete)).toEqual([true, true]);
  expect(await endState(toy)).toEqual(expected);
  expect((await toy.run()).stages.map(({ units }) => units)).toEqual([0, 0]);
});

test('E1: a run that was killed at any moment is finished by the next', async () => {
  const toy = await newToy();
  const ledger = join(toy.dir, 'store', 'operations', 'ledger', 'toy', 'copy');
  let killed = 0;
  // Each process is killed after the ledger has grown by a few units more.
  for (let goal = 1; goal < FILES; goal += 11) {
    const child = start(toy);
    const entries = async () =>
      (await readdir(ledger, { recursive: true }).catch(() => [])).filter((name) => name.endsWith('.json'))
        .length;
    while ((await entries()) < goal && child.exitCode === null) await sleep(1);
    child.kill('SIGKILL');
    if ((await child).isTerminated) killed += 1;
  }
  expect(killed).toBeGreaterThan(2);
  const last = reportOf(await start(toy));
  expect(last.incomplete).toBe(true);
  expect(await endState(toy)).toEqual(expected);
  expect(await readdir(join(toy.dir, 'store', '.tmp'))).toEqual([]);
  expect(await readdir(join(toy.dir, 'scratch'))).toEqual([]);
});
