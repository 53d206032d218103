import { describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createOutput, duration } from '../../cli/output.ts';
import type { Output } from '../../cli/output.ts';

type Options = Partial<Parameters<typeof createOutput>[0]>;

/** What a piece of work writes to both streams. @param tty whether they are terminals @param columns their width */
const written = async (
  work: (output: Output) => unknown,
  options: Options = {},
  tty = false,
  columns = 80,
) => {
  const streams = [new PassThrough(), new PassThrough()].map((stream) =>
    Object.assign(stream, { isTTY: tty, columns }),
  );
  const [stdout, stderr] = streams as unknown as [NodeJS.WriteStream, NodeJS.WriteStream];
  const defaults = { environment: {}, json: false, quiet: false, verbose: false, color: true };
  await work(createOutput({ ...defaults, ...options, stdout, stderr }));
  stdout.end();
  stderr.end();
  const [out = '', err = ''] = await Promise.all(streams.map((stream) => text(stream)));
  return {
    out,
    err: err.replaceAll(/\(\d+ ms\)/g, '(N ms)'),
    lines: out.replaceAll(/\(\d+ ms\)/g, '(N ms)').split('\n'),
  };
};

const work = (output: Output) =>
  output.step('Apply foundation', (step) => {
    step.note('aws_s3_bucket.logs created (1 s)');
    output.detail('more');
    return Promise.resolve();
  });

test('without a terminal progress is one plain line an event', async () => {
  const { lines, err } = await written(work);
  expect(lines).toEqual([
    'Apply foundation ...',
    'Apply foundation: aws_s3_bucket.logs created (1 s)',
    'Apply foundation: done (N ms)',
    '',
  ]);
  expect(err).toBe('');
});

test('a terminal without a width gets plain lines too: there is no room to draw on', async () => {
  expect((await written(work, {}, true, 0)).lines[0]).toBe('Apply foundation ...');
});

test('with --json progress goes to stderr', async () => {
  const { out, err } = await written(work, { json: true });
  expect(out).toBe('');
  expect(err).toContain('Apply foundation: done (N ms)\n');
});

test('with --quiet there is none, but results and warnings remain', async () => {
  const told = await written(
    async (output) => {
      await work(output);
      output.event('event');
      output.result('result');
      output.warn('warning');
    },
    { quiet: true },
  );
  expect(told).toMatchObject({ out: 'result\n', err: 'warning\n' });
});

test('with --verbose details are shown', async () => {
  expect((await written(work, { verbose: true })).lines).toContain('more');
});

describe('colours', () => {
  const red = (output: Output) => output.result(output.style('red', 'gone'));
  const plain = 'gone\n';

  test('on a terminal', async () =>
    expect((await written(red, {}, true)).out).toBe('\u001b[31mgone\u001b[39m\n'));
  test('not in a pipe', async () => expect((await written(red)).out).toBe(plain));
  test('not with --no-color', async () =>
    expect((await written(red, { color: false }, true)).out).toBe(plain));
  test('not with NO_COLOR', async () =>
    expect((await written(red, { environment: { NO_COLOR: '1' } }, true)).out).toBe(plain));
});

test.each([
  [0, '0 ms'],
  [849.6, '850 ms'],
  [12_340, '12.3 s'],
  [125_000, '2 min 5 s'],
])('%d ms are %s', (milliseconds, shown) => expect(duration(milliseconds)).toBe(shown));
