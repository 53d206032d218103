import { expect, test } from '@jest/globals';
import { clientSettings } from '../../config/access.ts';

const region = 'us-east-1';
const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' };

test('temporary credentials of the environment go with their token', () => {
  expect(clientSettings({ region, environment: { ...keys, AWS_SESSION_TOKEN: 'token' } })).toEqual({
    region,
    credentials: { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 'token' },
  });
});

test('without keys the SDK looks for credentials itself; the emulator is reached where it is', () => {
  expect(clientSettings({ region, environment: {} })).toEqual({ region });
  expect(
    clientSettings({ region, environment: { ...keys, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } }),
  ).toEqual({
    ...{ region, endpoint: 'http://127.0.0.1:1' },
    credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
  });
});
