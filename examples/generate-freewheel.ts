import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateFreewheelDay } from './freewheel-day.ts';

/** Lays out an invented FreeWheel day below `--out`, ready for `run freewheel --local`. */
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    date: { type: 'string', default: '2026-01-15' },
    network: { type: 'string', default: '171213' },
    files: { type: 'string', default: '100' },
    megabytes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    clean: { type: 'boolean', default: false },
  },
});

if (values.out === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(values.date)) {
  console.error(
    'usage: generate-freewheel --out DIR [--date YYYY-MM-DD] [--network ID] [--files N] [--megabytes N] [--seed N] [--clean]',
  );
  process.exitCode = 64;
} else {
  const store = join(values.out, 'store');
  const truth = await generateFreewheelDay({
    folder: join(store, 'fw-prod-v4logs'),
    date: values.date,
    networkId: values.network,
    files: Number(values.files),
    megabytesPerFile: Number(values.megabytes),
    seed: Number(values.seed),
    dirty: !values.clean,
  });
  for (const [dimension, names] of Object.entries(truth.names)) {
    const folder = join(store, 'freewheel-ids', dimension);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'names.json'), `${JSON.stringify(names)}\n`);
  }
  await writeFile(join(values.out, `truth-${values.date}.json`), `${JSON.stringify(truth)}\n`);
  const { files, bytes, compressedBytes, rows, slots, rejected } = truth;
  console.log(JSON.stringify({ files, bytes, compressedBytes, rows, slots, rejected }));
}
