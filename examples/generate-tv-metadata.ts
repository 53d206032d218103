import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateTvMetadataDay } from './tv-metadata-day.ts';

/** Lays out an invented day of TV metadata below a folder, as `peaches run tv-metadata --local` reads it. */
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    date: { type: 'string', default: '2026-01-15' },
    regions: { type: 'string', default: 'be,ch,nl,uk,ie' },
    titles: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: '0.002' },
  },
});

if (values.out === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(values.date)) {
  console.error(
    'usage: generate-tv-metadata --out DIR [--date YYYY-MM-DD] [--regions be,nl] [--titles N] [--seed N] [--faults 0 to 0.3]',
  );
  process.exitCode = 64;
} else {
  const truth = await generateTvMetadataDay({
    folder: join(values.out, 'store', 'tv-metadata-source'),
    date: values.date,
    regions: values.regions.split(','),
    titles: Number(values.titles),
    seed: Number(values.seed),
    faults: Number(values.faults),
  });
  await writeFile(join(values.out, `truth-${values.date}.json`), `${JSON.stringify(truth)}\n`);
  console.log(JSON.stringify(truth));
}
