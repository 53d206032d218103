import { readFileSync } from 'node:fs';
import type { Environment } from '../../config/environment.ts';
import { bucketName, repositoryUri } from '../../config/names.ts';
import { OPERATIONS } from '../../etl/feed.ts';

const runStage = readFileSync(new URL('./run-stage.sh', import.meta.url), 'utf8');
const syncUnits = readFileSync(new URL('./sync-units.sh', import.meta.url), 'utf8');
const userData = readFileSync(new URL('./user-data.sh', import.meta.url), 'utf8');

/**
 * The script that cloud-init runs on a fresh host. It holds nothing of the feeds: what runs when comes
 * with the units, so that a new feed or image needs no new host.
 */
export const hostUserData = (env: Environment): string => {
  const [registry = ''] = repositoryUri(env, '').split('/');
  const values: Readonly<Record<string, string>> = {
    REGISTRY: registry,
    REGION: env.region,
    BUCKET: bucketName(env, OPERATIONS),
    RUN_STAGE: runStage,
    SYNC_UNITS: syncUnits,
  };
  return userData.replaceAll(/@([A-Z_]+)@/g, (_whole, name: string) => values[name] ?? '');
};
