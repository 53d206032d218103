import { expect, test } from '@jest/globals';
import { AssumedRole } from '../../../etl/runtime/assumed-role.ts';

const MINUTE = 60_000;

/** A role whose credentials live an hour, and a clock that is moved by hand. */
const roleWithClock = () => {
  let now = Date.parse('2026-02-28T00:00:00Z');
  let calls = 0;
  const role = new AssumedRole(
    () => {
      calls += 1;
      const expiration = new Date(now + 60 * MINUTE);
      return Promise.resolve({
        ...{ accessKeyId: `key-${calls}`, secretAccessKey: 's', sessionToken: 't', expiration },
      });
    },
    () => new Date(now),
  );
  return { role, pass: (minutes: number) => (now += minutes * MINUTE), calls: () => calls };
};

test('E12: a role is assumed once and renewed five minutes before its credentials end', async () => {
  const { role, pass, calls } = roleWithClock();
  expect((await role.credentials()).accessKeyId).toBe('key-1');
  pass(54);
  expect((await role.credentials()).accessKeyId).toBe('key-1');
  pass(2);
  expect((await role.credentials()).accessKeyId).toBe('key-2');
  pass(30);
  await role.credentials();
  expect(calls()).toBe(2);
});

test('callers at the same time share one call', async () => {
  const { role, calls } = roleWithClock();
  await Promise.all([role.credentials(), role.credentials(), role.credentials()]);
  expect(calls()).toBe(1);
});

test('forgotten credentials are not given out again', async () => {
  const { role } = roleWithClock();
  await role.credentials();
  role.forget();
  expect((await role.credentials()).accessKeyId).toBe('key-2');
});

test('a failure is not remembered', async () => {
  let calls = 0;
  const role = new AssumedRole(() => {
    calls += 1;
    if (calls === 1) return Promise.reject(new Error('no'));
    return Promise.resolve({
      ...{ accessKeyId: 'k', secretAccessKey: 's', sessionToken: 't', expiration: new Date() },
    });
  });
  await expect(role.credentials()).rejects.toThrow('no');
  expect((await role.credentials()).accessKeyId).toBe('k');
});
