const DEFAULT_REGION = 'us-east-1';

/** Settings of a person's real account that must not reach the emulator's clients. */
const FOREIGN =
  /^AWS_(CA_BUNDLE|PROFILE|DEFAULT_PROFILE|SESSION_TOKEN|SECURITY_TOKEN|ENDPOINT_URL|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS|SHARED_CREDENTIALS_FILE|CONFIG_FILE)/;

export interface SandboxIdentity {
  /** Twelve digits; default the emulator's own account, 123456789012. */
  readonly account?: string;
  readonly region?: string;
}

/**
 * The environment in which SDKs and Terraform reach the emulator and nothing else.
 *
 * @param endpoint `http://127.0.0.1:PORT`: with the address instead of a name, clients put the bucket into the path
 * @param base the environment to start from
 * @returns a new environment; the emulator takes a key id of twelve digits for the account
 */
export const sandboxEnvironment = (
  endpoint: string,
  { account, region = DEFAULT_REGION }: SandboxIdentity = {},
  base: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(base).filter(([name]) => !FOREIGN.test(name))),
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: account ?? 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
});
