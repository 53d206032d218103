import { expect, test } from '@jest/globals';
import { sandboxEnvironment } from '../../sandbox/environment.ts';

test("nothing of a person's real account reaches the emulator's clients", () => {
  const base = {
    PATH: '/bin',
    AWS_PROFILE: 'prod',
    AWS_SESSION_TOKEN: 'planted',
    AWS_ACCESS_KEY_ID: 'planted',
    AWS_SECRET_ACCESS_KEY: 'planted',
    AWS_CA_BUNDLE: '/ca.pem',
    AWS_ENDPOINT_URL_S3: 'https://elsewhere',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://elsewhere',
  };
  expect(sandboxEnvironment('http://127.0.0.1:1', { region: 'eu-west-1' }, base)).toEqual({
    PATH: '/bin',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});

test('the account is told by the key id', () => {
  const { AWS_ACCESS_KEY_ID: key } = sandboxEnvironment(
    'http://127.0.0.1:1',
    { account: '210987654321' },
    {},
  );
  expect(key).toBe('210987654321');
});
