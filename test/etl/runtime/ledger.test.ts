import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isHeld, Ledger, LEASE_MS } from '../../../etl/runtime/ledger.ts';
import { DAY, openToyPlace, type ToyPlace } from './support/toy-place.ts';

const START = new Date('2026-03-01T00:00:00Z');
const UNIT = { id: `${DAY}/a`, fingerprint: 'of a run that was killed' };

let toy: ToyPlace;
let ledger: Ledger;

beforeEach(async () => {
  toy = await openToyPlace();
  await toy.input('a', '1\n2\n');
  const { store } = toy.place;
  ledger = new Ledger({ store, bucket: 'operations', feed: 'toy', stage: 'copy', date: DAY });
});
afterEach(() => toy.remove());

const later = (ms: number): Date => new Date(START.getTime() + ms);

const claimAt = (now: () => Date) => ledger.claim(UNIT, undefined, { run: 'killed', version: '1', now });

/** The claim as a process on another machine would have written it. */
const moveToAnotherHost = async (): Promise<void> => {
  const folder = join(toy.dir, `store/operations/ledger/toy/copy/date=${DAY}`);
  const [name = ''] = await readdir(folder);
  const entry = JSON.parse(await readFile(join(folder, name), 'utf8')) as { owner: { host: string } };
  entry.owner.host = 'a-container-that-is-gone';
  await writeFile(join(folder, name), JSON.stringify(entry));
};

test('E15: a unit that was held on another host is taken over when its lease has ended', async () => {
  await claimAt(() => START);
  await moveToAnotherHost();
  const { entry } = (await ledger.readUnit(UNIT.id))!;
  expect([0, LEASE_MS - 1, LEASE_MS].map((ms) => isHeld(entry, later(ms)))).toEqual([true, true, false]);
  const report = await toy.run(undefined, { now: () => later(LEASE_MS) });
  expect(report).toMatchObject({ incomplete: false, stages: [{ units: 1, rowsOut: 2 }, { units: 1 }] });
});

test('a claim that is kept alive is renewed until it is let go', async () => {
  let now = START;
  const claim = (await claimAt(() => now))!;
  now = later(LEASE_MS);
  const letGo = claim.keepAlive(1);
  while (claim.entry.leaseUntil !== later(2 * LEASE_MS).toISOString()) await sleep(1);
  letGo();
  expect(isHeld((await ledger.readUnit(UNIT.id))!.entry, later(LEASE_MS))).toBe(true);
  await claim.settle({ status: 'done', outputs: [], quarantined: [] });
  expect((await ledger.readUnit(UNIT.id))!.entry).not.toHaveProperty('leaseUntil');
});

test('E15: a claim that another worker took is lost at the next renewal', async () => {
  const claim = (await claimAt(() => START))!;
  await ledger.claim(UNIT, await ledger.readUnit(UNIT.id), { run: 'other', version: '1', now: () => START });
  const letGo = claim.keepAlive(1);
  while (!claim.isLost) await sleep(1);
  letGo();
  expect((await ledger.readUnit(UNIT.id))!.entry.run).toBe('other');
});
