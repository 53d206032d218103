import { describe, expect, test } from '@jest/globals';
import { judge, median, render, replaceSection, type Outcome } from '../../bench/results.ts';

const run = (seconds: number, peakMiB = 100) => ({ seconds, cpuSeconds: seconds, peakMiB, foreignLoad: 0 });

const outcome = {
  truth: { files: 100, bytes: 1e9, compressedBytes: 2e8, rows: 5, slots: 2 },
  ...{ scale: 1, rounds: 3, versions: ['Node 20'] },
  results: [
    { name: 'peaches', goal: undefined, runs: [run(2), run(9), run(3)] },
    { name: 'polars', goal: { faster: 1.2 }, runs: [run(6), run(6), run(6)] },
  ],
  memory: [
    { scale: 1, ...run(2, 200) },
    { scale: 4, ...run(8, 300) },
  ],
  leftOut: [{ name: 'igzip', why: 'it is not there' }],
} as unknown as Outcome;

describe('results', () => {
  test('the median of an even number of runs lies between the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  test('a goal is judged by the ratio that it names', () => {
    expect(judge({ faster: 2 }, 10, 5)).toMatchObject({ seen: '2.0x as fast', reached: true });
    expect(judge({ faster: 2 }, 9, 5)).toMatchObject({ reached: false });
    expect(judge({ within: 5 }, 1, 5)).toMatchObject({ seen: '5.0x its time', reached: true });
    expect(judge({ within: 5 }, 1, 6)).toMatchObject({ reached: false });
  });

  test('the section says who was measured, which goals were reached, and who was left out', () => {
    const text = render(outcome, new Date('2026-02-28T10:00:00Z'));
    expect(text).toContain('| peaches | 3.00 | 2.00 to 9.00 |');
    expect(text).toContain('| polars | 2.0x as fast | 2.0x as fast | at least 1.2x | reached |');
    expect(text).toContain(
      '| peak memory of peaches at 4x | 300 MiB |  | at most 256 MiB | **not reached** |',
    );
    expect(text).toContain('Left out: igzip, because it is not there.');
  });

  test('on a busy machine wall times decide only where CPU times agree', () => {
    const busy = { seconds: 3, cpuSeconds: 6, peakMiB: 1, foreignLoad: 0.5 };
    const results = [
      { name: 'peaches', goal: undefined, runs: [busy] },
      { name: 'polars', goal: { faster: 1.2 }, runs: [{ ...busy, seconds: 9 }] },
      { name: 'pandas', goal: { faster: 2 }, runs: [{ ...busy, seconds: 9, cpuSeconds: 60 }] },
    ];
    const text = render({ ...outcome, results }, new Date('2026-02-28T10:00:00Z'));
    expect(text).toContain(
      '| polars | 3.0x as fast | 1.0x as fast | at least 1.2x | undecided: busy machine |',
    );
    expect(text).toContain('| pandas | 3.0x as fast | 10.0x as fast | at least 2x | reached |');
    expect(text).toContain('others used 50 % of its cores');
  });

  test('a section takes the place of the one with its heading, and leaves the others', () => {
    const before = '# Results\n\nIntro.\n\n## FreeWheel\n\nold\n\n## Other\n\nkept\n';
    expect(replaceSection(before, '## FreeWheel\n\nnew\n')).toBe(
      '# Results\n\nIntro.\n\n## FreeWheel\n\nnew\n\n## Other\n\nkept\n',
    );
    expect(replaceSection('# Results\n', '## New\n\ntext\n')).toBe('# Results\n\n## New\n\ntext\n');
  });
});
