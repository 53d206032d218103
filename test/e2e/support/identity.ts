import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { sandboxEnvironment } from '../../../sandbox/environment.ts';
import { clientSettings } from '../../../config/access.ts';

/** Whether the emulator judges what callers do. Its own key, `testing`, is nobody's and may do nothing then. */
export const enforceIam = async (endpoint: string, on: boolean): Promise<void> => {
  const answer = await fetch(`${endpoint}/moto-api/reset-auth`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: on ? '0' : 'inf',
  });
  if (!answer.ok) throw new Error(`The emulator did not take it: ${answer.status}`);
};

/** Environment of a process that calls the emulator with a key of IAM, as it would call AWS. */
export const environmentOf = (
  endpoint: string,
  key: { readonly id: string; readonly secret: string; readonly session?: string },
): NodeJS.ProcessEnv => ({
  ...sandboxEnvironment(endpoint),
  AWS_ACCESS_KEY_ID: key.id,
  AWS_SECRET_ACCESS_KEY: key.secret,
  ...(key.session === undefined ? {} : { AWS_SESSION_TOKEN: key.session }),
});

/** Makes a user with managed policies. @returns what its processes have in their environment */
export const userWith = async (
  endpoint: string,
  name: string,
  documents: readonly string[],
): Promise<NodeJS.ProcessEnv> => {
  const iam = new IAMClient(
    clientSettings({ region: 'us-east-1', environment: sandboxEnvironment(endpoint, {}, {}) }),
  );
  await iam.send(new CreateUserCommand({ UserName: name }));
  for (const [index, PolicyDocument] of documents.entries()) {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: `${name}-${index + 1}`, PolicyDocument }),
    );
    await iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn: Policy?.Arn }));
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  iam.destroy();
  return environmentOf(endpoint, {
    id: AccessKey?.AccessKeyId ?? '',
    secret: AccessKey?.SecretAccessKey ?? '',
  });
};
