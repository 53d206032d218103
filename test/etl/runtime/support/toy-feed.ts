import { createHash } from 'node:crypto';
import { z } from 'zod';
import { failed } from '../../../../errors/errors.ts';
import type { FeedDeclaration, StageDeclaration } from '../../../../etl/feed.ts';
import type { StageCode } from '../../../../etl/runtime/stage.ts';

/**
 * A feed small enough to read at a glance: `copy` takes files of numbers, one a line, from somebody
 * else's bucket; `sum` adds them up for the day. A line that is no number is rejected, an empty one
 * dropped, a file with the word BROKEN fails as a whole.
 */

const PARSED = /^\d+$/u;

const declared = { memoryMiB: 512, vcpu: 0.25, timeoutMinutes: 5 } as const;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

export const copy: StageCode<never> = {
  async units(context) {
    const files = await context.reads('source/').list(`${context.date}/`);
    return files.map(({ key, etag }) => ({ id: key, fingerprint: etag }));
  },
  open: () =>
    Promise.resolve({
      async work(unit, ports) {
        const text = (await ports.reads('source/').bytes(unit.id)).toString();
        if (text.includes('BROKEN')) {
          const broken = failed({ code: 'TOY_BROKEN', message: `${unit.id} is broken.` });
          await ports.quarantine.whole({ path: 'source/', name: unit.id }, broken);
          throw broken;
        }
        const lines = text.split('\n').slice(0, -1);
        const good = lines.filter((line) => PARSED.test(line));
        const bad = lines.flatMap((line, index) =>
          line !== '' && !PARSED.test(line)
            ? [{ row: index + 1, reason: 'not-a-number', detail: `${line} is no number.` }]
            : [],
        );
        await ports.quarantine.rows(bad);
        await ports.writes('data/raw/').put(unit.id, good.map((line) => `${line}\n`).join(''));
        const empty = lines.length - good.length - bad.length;
        return {
          rowsIn: lines.length,
          rowsOut: good.length,
          ...(bad.length > 0 && { rejected: { 'not-a-number': bad.length } }),
          ...(empty > 0 && { dropped: { empty } }),
        };
      },
      close: () => Promise.resolve(),
    }),
};

export const sum: StageCode<never> = {
  async units(context) {
    const files = await context.reads('data/raw/').list(`${context.date}/`);
    return [{ id: 'sum', fingerprint: hash(files.map(({ key, etag }) => `${key} ${etag}`).join('\n')) }];
  },
  open: (context) =>
    Promise.resolve({
      async work(_unit, ports) {
        const raw = ports.reads('data/raw/');
        let total = 0;
        let rows = 0;
        for (const { key } of await raw.list(`${context.date}/`)) {
          const numbers = (await raw.bytes(key)).toString().split('\n').slice(0, -1).map(Number);
          total += numbers.reduce((a, b) => a + b, 0);
          rows += numbers.length;
        }
        const figure = { date: context.date, total, ...(context.incomplete && { incomplete: true }) };
        await ports.writes('data/sums/').put(`${context.date}.json`, JSON.stringify(figure));
        return { rowsIn: rows, rowsOut: rows };
      },
      close: () => Promise.resolve(),
    }),
};

const lazily = (code: StageCode<never>) => () => Promise.resolve({ default: code });

/** The toy feed; parts of its stages, or their code, can be replaced. */
export const toyFeed = (
  changes: {
    readonly copy?: Partial<StageDeclaration>;
    readonly sum?: Partial<StageDeclaration>;
    readonly copyCode?: Partial<StageCode<never>>;
    readonly sumCode?: Partial<StageCode<never>>;
  } = {},
): FeedDeclaration => ({
  name: 'toy',
  title: 'Numbers',
  params: z.unknown(),
  buckets: { data: {} },
  external: { source: { bucket: 'numbers-of-others', prefix: () => 'out/' } },
  secrets: { api: { title: 'API', fields: ['token'], optional: true } },
  stages: {
    copy: {
      ...{ title: 'Copy', on: { kind: 'rate', minutes: 15 }, reads: ['source/'], writes: ['data/raw/'] },
      ...declared,
      concurrency: 3,
      run: lazily({ ...copy, ...changes.copyCode }),
      ...changes.copy,
    },
    sum: {
      ...{ title: 'Sum', after: 'copy', reads: ['data/raw/'], writes: ['data/sums/'] },
      ...declared,
      run: lazily({ ...sum, ...changes.sumCode }),
      ...changes.sum,
    },
  },
});

export const EXTERNAL = 'numbers-of-others';
