import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Removes what build-command.js has built. */
export default () => rm(dirname(process.env.PEACHES_BUILT), { recursive: true, force: true });
