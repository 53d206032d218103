import { usageError } from '../errors/errors.ts';
import type { Environment } from '../config/environment.ts';
import { loadConfig, resolveEnvironment } from '../config/load.ts';
import { synthFolder } from '../config/paths.ts';
import { readPins } from '../config/pins.ts';
import { feeds } from '../etl/feeds.ts';
import { synthesize } from './synthesize.ts';

/**
 * The app as `cdktf synth`, `diff`, `deploy` and `destroy` run it: the same stacks as the command line's,
 * for the environment that PEACHES_CONFIG, PEACHES_ENV and PEACHES_TARGET name.
 */

const targetOf = (said: string | undefined): Environment['target'] | undefined => {
  if (said === undefined || said === 'aws' || said === 'sandbox') return said;
  throw usageError({
    code: 'TARGET_UNKNOWN',
    message: `PEACHES_TARGET is ${said}.`,
    hint: 'Set it to aws or sandbox, or leave it out.',
  });
};

const { PEACHES_CONFIG, PEACHES_ENV, PEACHES_TARGET, CDKTF_OUTDIR } = process.env;
const config = await loadConfig(PEACHES_CONFIG ?? 'peaches.config.json', feeds);
const env = resolveEnvironment(config, { env: PEACHES_ENV, target: targetOf(PEACHES_TARGET) });
await synthesize(env, {
  outdir: CDKTF_OUTDIR ?? synthFolder(config.root),
  pins: await readPins(config.root, env.name),
});
