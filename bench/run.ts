import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EXIT_CODES, PeachesError } from '../errors/errors.ts';
import { benchFreewheel } from './freewheel.ts';
import { record, render } from './results.ts';

/** `npm run bench -- freewheel [--rounds N] [--scale S] [--dry]` */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    dry: { type: 'boolean', default: false },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const [subject] = positionals;
const [rounds, scale] = [Number(values.rounds), Number(values.scale)];

if (subject !== 'freewheel' || !(rounds >= 1) || !(scale > 0 && scale <= 1)) {
  console.error('usage: npm run bench -- freewheel [--rounds N] [--scale 0.1 to 1] [--dry]');
  process.exitCode = EXIT_CODES.usage;
} else {
  try {
    const tell = (line: string): void => console.error(line);
    const section = render(await benchFreewheel({ root, rounds, scale, tell }), new Date());
    console.log(section);
    if (!values.dry) await record(join(root, 'bench', 'RESULTS.md'), section);
  } catch (error) {
    if (!(error instanceof PeachesError)) throw error;
    console.error(`${error.code}: ${error.message}\n${error.hint ?? ''}\n${JSON.stringify(error.details)}`);
    process.exitCode = error.exitCode;
  }
}
