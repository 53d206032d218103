import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateFastlyDay } from './fastly-day.ts';

/** Lays out an invented day of Fastly logs below `--out`, ready for `run fastly --local`. */
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    date: { type: 'string', default: '2026-01-15' },
    files: { type: 'string', default: '48' },
    requests: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    clean: { type: 'boolean', default: false },
  },
});

if (values.out === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(values.date)) {
  console.error(
    'usage: generate-fastly --out DIR [--date YYYY-MM-DD] [--files N] [--requests N] [--seed N] [--clean]',
  );
  process.exitCode = 64;
} else {
  const truth = await generateFastlyDay({
    folder: join(values.out, 'store', 'fastly-logs'),
    date: values.date,
    files: Number(values.files),
    requestsPerFile: Number(values.requests),
    seed: Number(values.seed),
    dirty: !values.clean,
  });
  await writeFile(join(values.out, `truth-${values.date}.json`), `${JSON.stringify(truth)}\n`);
  console.log(JSON.stringify(truth));
}
