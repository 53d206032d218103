import { describe, expect, test } from '@jest/globals';
import { testedRules } from '../../../policies/rules/held-by-tests.ts';
import { checkModel } from '../../../policies/rules/check.ts';
import { rules } from '../../../policies/rules/register.ts';
import { waiversRule } from '../../../policies/rules/waivers.ts';
import { accountWith } from './account/account.ts';
import { buckets } from './breaches/buckets.ts';
import type { Breaches } from './breaches/breach.ts';
import { containers } from './breaches/containers.ts';
import { general } from './breaches/general.ts';
import { hosts } from './breaches/hosts.ts';
import { identities } from './breaches/identities.ts';
import { streams } from './breaches/streams.ts';

const breaches: Breaches = { ...general, ...identities, ...buckets, ...containers, ...hosts, ...streams };
const sound = accountWith();

test('the account that the tests below break in one place each breaks no rule', () => {
  const report = checkModel(sound, [], new Date('2026-11-22'));
  expect(report.findings).toEqual([]);
  expect(report.rulesRun).toBe(rules.length + 1);
  expect(report.resourcesSeen).toBeGreaterThan(80);
});

test('every rule has a failing fixture, and no fixture is for a rule that is not there', () => {
  expect(Object.keys(breaches).sort()).toEqual(rules.map(({ id }) => id).sort());
});

test('T01 to T57 are each held once', () => {
  const ids = [...rules, ...testedRules, waiversRule].map(({ id }) => id).sort();
  expect(ids).toEqual(Array.from({ length: 57 }, (_, index) => `T${String(index + 1).padStart(2, '0')}`));
});

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  test('passes the sound account', () => {
    expect(rule.check(sound)).toEqual([]);
  });

  test.each((breaches[id] ?? []).map((one, index) => [`${index + 1}: ${one.says}`, one] as const))(
    'finds %s',
    (_name, { says, changes, environment }) => {
      const found = rule.check(accountWith(changes, environment));
      expect(found.map(({ message }) => message)).toContainEqual(expect.stringContaining(says));
      for (const { stack, address, fix } of found) {
        expect([stack, address, fix]).not.toContain('');
      }
    },
  );
});
