import { describe, expect, test } from '@jest/globals';
import { declarationsOf } from '../../policies/rules/declarations.ts';
import { checkModel } from '../../policies/rules/check.ts';
import { Model } from '../../policies/rules/model.ts';
import { synthesizedApp } from './synthesized-app.ts';
import { ofType, statementsOf, synthesized } from './synthesized.ts';
import { dev, toy } from './toy-feed.ts';

const BOUNDARY = 'arn:aws:iam::123456789012:policy/theirs';
const adopting = {
  ...dev,
  vpc: 'vpc-0123456789abcdef0',
  subnets: ['subnet-0123456789abcdef0'],
  existing: {
    cluster: 'their-cluster',
    buckets: { 'toy-data': 'their-toys', operations: 'their-operations', 'access-logs': 'their-logs' },
    boundary: BOUNDARY,
  },
};

describe('what is there already', () => {
  test('is used by its name and is in no stack', async () => {
    const { foundation, toy: feed } = await synthesized(adopting);
    const made = [foundation, feed].flatMap(({ resource }) => Object.keys(resource));
    for (const type of ['aws_vpc', 'aws_subnet', 'aws_ecs_cluster', 'aws_iam_policy']) {
      expect(made).not.toContain(type);
    }
    expect(Object.keys(ofType(foundation, 'aws_s3_bucket'))).toEqual([]);
    expect(Object.keys(ofType(feed, 'aws_s3_bucket'))).toEqual(['bucket-names_bucket']);
    expect(Object.keys(ofType(feed, 'aws_s3_bucket_policy'))).toEqual(['bucket-names_policy']);
    expect(ofType(feed, 'aws_scheduler_schedule')['schedules_stage-names']).toMatchObject({
      target: { arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/their-cluster' },
    });
    expect(ofType(feed, 'aws_s3_bucket_logging')['bucket-names_access-log']).toMatchObject({
      target_bucket: 'their-logs',
    });
    for (const role of Object.values(ofType(feed, 'aws_iam_role'))) {
      expect(role['permissions_boundary']).toBe(BOUNDARY);
    }
    const policy = ofType(feed, 'aws_iam_role_policy')['stage-count_task_policy']?.['policy'];
    expect(statementsOf(policy).find(({ Sid }) => Sid === 'WriteObjects')?.Resource).toContain(
      'arn:aws:s3:::their-toys/counts/*',
    );
  });

  test('lies within the boundary that is made here', async () => {
    const { foundation } = await synthesized({
      ...dev,
      existing: { buckets: { 'toy-data': 'their-toys' } },
    });
    const boundary = statementsOf(ofType(foundation, 'aws_iam_policy')['boundary']?.['policy']);
    expect(boundary.find(({ Sid }) => Sid === 'WriteObjects')?.Resource).toEqual([
      'arn:aws:s3:::acme-dev-*-123456789012/*',
      'arn:aws:s3:::their-toys/*',
    ]);
  });

  test.each(['ecs', 'ec2'] as const)('breaks no rule on %s', async (compute) => {
    const env = { ...adopting, compute };
    const model = new Model(env, declarationsOf(env, [toy]), await synthesizedApp(env));
    expect(checkModel(model, [], new Date()).findings).toEqual([]);
  });
});

describe('a user for a host outside AWS', () => {
  const user = { reason: 'The host stands in our own rooms', expires: '2027-01-31' };
  const env = { ...dev, user };

  test('has the rights of its group, within the boundary, and no key', async () => {
    const { foundation, toy: feed } = await synthesized(env);
    expect(ofType(foundation, 'aws_iam_user')['runner_user']).toMatchObject({
      name: 'acme-dev-runner',
      permissions_boundary: '${aws_iam_policy.boundary.arn}',
    });
    expect(ofType(foundation, 'aws_iam_user_group_membership')['runner_membership']).toMatchObject({
      groups: ['${aws_iam_group.runner_group.name}'],
    });
    const types = Object.keys(foundation.resource);
    for (const type of ['aws_iam_access_key', 'aws_iam_user_policy', 'aws_iam_user_login_profile']) {
      expect(types).not.toContain(type);
    }
    expect(types).not.toContain('aws_secretsmanager_secret_version');
    const trust = statementsOf(ofType(feed, 'aws_iam_role')['stage-count_task_role']?.['assume_role_policy']);
    expect(trust.map(({ Principal }) => Principal)).toEqual([
      { Service: 'ecs-tasks.amazonaws.com' },
      { AWS: 'arn:aws:iam::123456789012:user/acme-dev-runner' },
    ]);
  });

  test('breaks the one rule that says so, unless it has leave', async () => {
    const app = await synthesizedApp(env);
    const waiver = { rule: 'T16', address: 'aws_iam_user.*', ...user };
    const model = new Model(env, declarationsOf(env, [toy]), app);
    const rulesBroken = (waivers: (typeof waiver)[]) =>
      checkModel(model, waivers, new Date('2026-12-01')).findings.map(({ rule }) => rule);
    expect(rulesBroken([])).toEqual(['T16']);
    expect(rulesBroken([waiver])).toEqual([]);
  });
});
