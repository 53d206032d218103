import { expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { describeEachFeed, reasonsOf } from './support/each-feed.ts';
import { DATE } from './support/day-folder.ts';

/** E5: gzip that is damaged, goes on behind its end, expands without measure, or comes in members. */

const BOMB_BYTES = 40 << 20;

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 0xff, at);
  return copy;
};

describeEachFeed('E5', (day) => {
  test('what can not be unpacked whole is quarantined whole, the others count, and good copies mend the day', async () => {
    const { folder, sample } = day();
    const whole = await day().packed({ good: 3 });
    const bomb = (await sample.bomb?.(DATE)) ?? Buffer.alloc(BOMB_BYTES, ' ');
    const damaged: Readonly<Record<string, Buffer>> = {
      'gzip-truncated': whole.subarray(0, -9),
      'gzip-damaged': flipped(whole, whole.length - 8),
      'gzip-damaged behind its end': Buffer.concat([whole, Buffer.from('rubbish')]),
      'gzip-bomb': gzipSync(bomb),
    };
    await day().deliver(9, { from: 90, good: 4 });
    for (const [index, content] of Object.values(damaged).entries()) await day().deliver(index + 1, content);
    const report = await folder.run();
    const reasons = Object.keys(damaged).map((name) => name.split(' ')[0]);
    expect([report.incomplete, reasonsOf(report), await day().loaded()]).toEqual([true, reasons.sort(), 4]);
    const kept = await folder.files('operations/quarantine/');
    expect(kept.filter((name) => name.endsWith('.reason.json'))).toHaveLength(reasons.length);

    for (const n of [1, 2, 3, 4]) await day().deliver(n, { from: 10 * n, good: n });
    expect([(await folder.run()).incomplete, await day().loaded()]).toEqual([false, 14]);
    expect(await folder.files('operations/quarantine/')).toEqual([]);
  });

  test('members one behind the other are one content', async () => {
    const plain = await day().sample.plain(DATE, { good: 3 });
    const parts = [plain.subarray(0, 40), plain.subarray(40)].map((part) => gzipSync(part));
    await day().deliver(1, Buffer.concat(parts));
    expect([(await day().folder.run()).incomplete, await day().loaded()]).toEqual([false, 3]);
  });

  test('rows of a delivery that was loaded and can no more be read are as the published outputs are', async () => {
    const { folder, sample } = day();
    await day().deliver(1, { good: 3 });
    await folder.run();
    await day().deliver(1, (await day().packed({ good: 3 })).subarray(0, -9));
    expect((await folder.run()).incomplete).toBe(true);
    expect(await day().loaded()).toBe(sample.replacedByBroken === 'gone' ? 0 : 3);
    await day().deliver(1, { good: 5 });
    expect((await folder.run()).incomplete).toBe(false);
    expect(await day().loaded()).toBe(sample.policy.newVersion === 'replaces' ? 5 : 8);
  });
});
