import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { feeds } from '../../../etl/feeds.ts';
import { DATE, DayFolder } from './support/day-folder.ts';
import type { FeedSample } from './support/sample.ts';
import type { FeedState } from './support/state.ts';
import { steppedPlace, type Step, type Steps } from './support/stepped-place.ts';

/**
 * E1: a run that is killed at any access to store or warehouse. A killed process does nothing any more: here the
 * access never returns, nor does any after it, so that no handler and no clean-up is ever reached; the next run finds
 * what lay on the disk at that moment. Its claims are still held by a process that lives, which is the hard case: a
 * holder whose end can't be seen, until its lease ends.
 */

/** Kinds of access, of each of which one is hit, midway through the run; with EVERY_STEP set, every access is. */
const KINDS = [
  ...[/^list /u, /^get /u, /^put operations\/ledger$/u, /^put (?!operations\/)/u, /^load$/u],
  // Within the transaction of the load.
  /^rows$/u,
];
const LEASES_LATER = 10 * 60_000;

const isChange = (step: Step): boolean => /^(?:put|delete) /u.test(step);

const never = new Promise<never>(() => undefined);

describe.each(feeds.map((feed) => [feed.name, feed] as const))('E1: %s', (_name, feed) => {
  const days: DayFolder[] = [];
  let start: DayFolder;
  let before: FeedState;
  let after: FeedState;
  let steps: readonly Step[];

  const kept = (day: DayFolder): DayFolder => {
    days.push(day);
    return day;
  };

  /** A day that was worked, to which a delivery has come late, and another as a new version. */
  beforeAll(async () => {
    start = kept(await DayFolder.open(feed));
    const { folder, sample } = start;
    await sample.generate(folder.path(''), DATE);
    await start.deliver(1, { good: 3 });
    await folder.run();
    before = await start.state();
    if (sample.policy.newVersion === 'replaces') await start.deliver(1, { from: 10, good: 3 });
    await start.deliver(2, { from: 20, good: 3 });
    const whole = kept(await start.copy());
    const seen: Step[] = [];
    const noting: Steps = { before: (step) => Promise.resolve(void seen.push(step)) };
    await whole.folder.run({}, { through: (place) => steppedPlace(place, noting) });
    after = await whole.state();
    steps = seen;
  });
  afterAll(() => Promise.all(days.map((day) => day.remove())));

  /** @param at number of the access at which all ends, from 0 */
  const killedAt = async (at: number): Promise<DayFolder> => {
    const day = kept(await start.copy());
    let [done, changing] = [0, 0];
    await new Promise<void>((resolve, reject) => {
      const steps: Steps = {
        before(step) {
          done += 1;
          if (done <= at) {
            if (isChange(step)) changing += 1;
            return Promise.resolve();
          }
          if (changing === 0) resolve();
          return never;
        },
        changed() {
          changing -= 1;
          if (done > at && changing === 0) resolve();
        },
      };
      day.folder
        .run({}, { through: (place) => steppedPlace(place, steps) })
        .then(() => reject(new Error(`the run ended after ${done} accesses`)), reject);
    });
    return kept(await day.copy());
  };

  test('whenever it is killed, what is visible is whole, and the next run ends as if nothing had been', async () => {
    for (const at of pointsOf(steps)) {
      const day = await killedAt(at);
      const left = visibleAs(await day.state(), before, after, day.sample);
      await day.folder.run({}, { now: () => new Date(Date.now() + LEASES_LATER) });
      expect([at, steps[at], left, await day.state()]).toEqual([at, steps[at], 'whole', after]);
    }
  });

  test('a process that is killed within the transaction of its load leaves the tables as they were', async () => {
    const day = kept(await start.copy());
    const { folder, sample } = day;
    const script = 'test/etl/every-feed/support/killed-run.ts';
    const args = [feed.name, DATE, JSON.stringify(sample.params ?? {}), folder.root];
    const child = await execa(process.execPath, ['--import', 'tsx', script, ...args], { reject: false });
    expect([child.signal, child.stderr]).toEqual(['SIGKILL', '']);
    expect((await day.state()).tables).toEqual(before.tables);
    await folder.run();
    expect(await day.state()).toEqual(after);
  });
});

/** Numbers of the accesses at which a run is killed. */
const pointsOf = (steps: readonly Step[]): readonly number[] => {
  const all = steps.map((_step, index) => index);
  if (process.env['EVERY_STEP'] !== undefined) return all;
  return KINDS.map((kind) => {
    const hits = all.filter((index) => kind.test(steps[index] ?? ''));
    const midway = hits[hits.length >> 1];
    if (midway === undefined) throw new Error(`no access is of the kind ${String(kind)}`);
    return midway;
  });
};

const isOneOf = (found: unknown, ...states: readonly unknown[]): boolean =>
  states.some((state) => JSON.stringify(state) === JSON.stringify(found));

/** Rows that are loaded in one transaction, by table and whatever tells transactions apart. */
const transactionsOf = (
  { tables }: FeedState,
  { loadedBy }: FeedSample,
): Readonly<Record<string, unknown>> => {
  if (loadedBy === undefined) return { 'all tables': tables };
  const parts: Record<string, string[]> = {};
  for (const [table, rows] of Object.entries(tables)) {
    for (const row of rows) {
      const part = `${table} of ${String((JSON.parse(row) as Record<string, unknown>)[loadedBy])}`;
      (parts[part] ??= []).push(row);
    }
  }
  return parts;
};

/** @returns `whole`, or the name of what is neither as it was nor as it will be */
const visibleAs = (left: FeedState, before: FeedState, after: FeedState, sample: FeedSample): string => {
  const apart = (state: FeedState) => ({ ...state.objects, ...transactionsOf(state, sample) });
  const [was, willBe] = [apart(before), apart(after)];
  const torn = Object.entries(apart(left)).find(
    ([name, content]) => sample.progress?.test(name) !== true && !isOneOf(content, was[name], willBe[name]),
  );
  return torn?.[0] ?? 'whole';
};
