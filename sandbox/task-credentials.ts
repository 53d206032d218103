/**
 * The variables by which a container's SDK fetches temporary credentials of its task's role from the
 * emulator, as it does from ECS.
 * @param endpoint of the emulator
 */
export const taskCredentials = (
  endpoint: string,
  region: string,
  roleArn: string,
): Readonly<Record<string, string>> => ({
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/peaches-sandbox/task-credentials/${region}/${encodeURIComponent(roleArn)}`,
});
