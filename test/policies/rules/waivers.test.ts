import { describe, expect, test } from '@jest/globals';
import { checkModel } from '../../../policies/rules/check.ts';
import { accountWith } from './account/account.ts';

const TODAY = new Date('2026-11-22T10:00:00Z');
const waiver = {
  rule: 'T37',
  address: 'aws_instance.host',
  reason: 'its containers ask for the role themselves',
  expires: '2026-11-22',
};
const broken = accountWith({ 'aws_instance.host.metadata_options.http_put_response_hop_limit': 2 });

test('a waiver takes its finding from the report, up to its last day', () => {
  const { findings, waived } = checkModel(broken, [waiver], TODAY);
  expect(findings).toEqual([]);
  expect(waived).toEqual([
    expect.objectContaining({ rule: 'T37', stack: 'acme-dev-stream', address: 'aws_instance.host', waiver }),
  ]);
});

test('its address may be a pattern', () => {
  expect(checkModel(broken, [{ ...waiver, address: 'aws_instance.*' }], TODAY).findings).toEqual([]);
});

describe('a waiver that does not hold waives nothing and is a finding itself', () => {
  test.each([
    ['expired on 2026-11-21', { expires: '2026-11-21' }],
    ['expires on tomorrow, which is no date', { expires: 'tomorrow' }],
    ['expires on 2026-13-01, which is no date', { expires: '2026-13-01' }],
    ['gives no reason of 20 characters', { reason: 'because we need it  ' }],
    ['names T99, which is no rule', { rule: 'T99' }],
    ['names T54, which is no rule that can be waived', { rule: 'T54' }],
    ['covers no finding', { address: 'aws_instance.other' }],
  ])('%s', (says, change) => {
    const { findings, waived } = checkModel(broken, [{ ...waiver, ...change }], TODAY);
    expect(waived).toEqual([]);
    expect(findings.map(({ rule }) => rule)).toEqual(['T37', 'T54']);
    expect(findings[1]?.message).toContain(says);
  });
});

test('a waiver that is no longer needed is a finding', () => {
  expect(checkModel(accountWith(), [waiver], TODAY).findings).toEqual([
    expect.objectContaining({ rule: 'T54', address: 'aws_instance.host' }),
  ]);
});
