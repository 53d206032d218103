import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateCmsLiteArchive } from './cms-lite-archive.ts';

/** Lays out an invented archive of CMS Lite below a folder, as `peaches run cms-lite --local` reads it. */
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    date: { type: 'string', default: '2026-01-15' },
    rows: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    clean: { type: 'boolean', default: false },
  },
});

if (values.out === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(values.date)) {
  console.error('usage: generate-cms-lite --out DIR [--date YYYY-MM-DD] [--rows N] [--seed N] [--clean]');
  process.exitCode = 64;
} else {
  const truth = await generateCmsLiteArchive({
    folder: join(values.out, 'store', 'cms-lite-archives'),
    name: `cms-analytics-csv.${values.date.replaceAll('-', '')}.tgz`,
    date: values.date,
    rows: Number(values.rows),
    seed: Number(values.seed),
    dirty: !values.clean,
  });
  await writeFile(join(values.out, `truth-${values.date}.json`), `${JSON.stringify(truth)}\n`);
  console.log(JSON.stringify(truth));
}
