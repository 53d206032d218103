import type { Environment } from '../../config/environment.ts';
import { ENVIRONMENT_DEFAULTS } from '../../config/schema.ts';

/** An environment as the configuration's defaults leave it, for tests to which only `more` matters. */
export const anEnvironment = (more: Partial<Environment> = {}): Environment => ({
  project: 'acme',
  name: 'dev',
  account: '123456789012',
  region: 'us-east-1',
  ...ENVIRONMENT_DEFAULTS,
  feeds: {},
  ...more,
});
