import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EXIT_CODES, PeachesError } from '../errors/errors.ts';
import { benchCmsLite } from './cms-lite.ts';
import { benchFastly } from './fastly.ts';
import { benchFreewheel, type BenchOptions } from './freewheel.ts';
import { benchMediatailor } from './mediatailor.ts';
import { record, render } from './results.ts';
import { benchTvMetadata } from './tv-metadata.ts';

/** What can be measured: each makes its section of the results. */
const SUBJECTS: Readonly<Record<string, (options: BenchOptions) => Promise<string>>> = {
  freewheel: async (options) => render(await benchFreewheel(options), new Date()),
  mediatailor: benchMediatailor,
  'tv-metadata': benchTvMetadata,
  fastly: benchFastly,
  'cms-lite': benchCmsLite,
};

/** `npm run bench -- SUBJECT [--rounds N] [--scale S] [--dry]` */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    dry: { type: 'boolean', default: false },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const bench = SUBJECTS[positionals[0] ?? ''];
const [rounds, scale] = [Number(values.rounds), Number(values.scale)];

if (bench === undefined || !(rounds >= 1) || !(scale > 0 && scale <= 1)) {
  console.error(
    `usage: npm run bench -- ${Object.keys(SUBJECTS).join('|')} [--rounds N] [--scale 0.1 to 1] [--dry]`,
  );
  process.exitCode = EXIT_CODES.usage;
} else {
  try {
    const tell = (line: string): void => console.error(line);
    const section = await bench({ root, rounds, scale, tell });
    console.log(section);
    if (!values.dry) await record(join(root, 'bench', 'RESULTS.md'), section);
  } catch (error) {
    if (!(error instanceof PeachesError)) throw error;
    console.error(`${error.code}: ${error.message}\n${error.hint ?? ''}\n${JSON.stringify(error.details)}`);
    process.exitCode = error.exitCode;
  }
}
