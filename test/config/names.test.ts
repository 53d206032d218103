import { describe, expect, test } from '@jest/globals';
import {
  arnOf,
  bucketName,
  bucketNamePattern,
  fit,
  partitionOf,
  repositoryUri,
  roleName,
  scheduleGroupName,
  securityGroupName,
  stateBucketName,
  stateKey,
} from '../../config/names.ts';

const env = { project: 'acme', name: 'dev', account: '123456789012', region: 'us-east-1' };
const longest = { ...env, project: 'a'.repeat(32), name: 'b'.repeat(16) };

describe('names', () => {
  test('say project, environment and purpose', () => {
    expect(bucketName(env, 'toy-data')).toBe('acme-dev-toy-data-123456789012');
    expect(roleName(env, 'toy-count')).toBe('acme-dev-toy-count');
    expect(repositoryUri(env, 'worker')).toBe('123456789012.dkr.ecr.us-east-1.amazonaws.com/acme-dev/worker');
    expect(stateKey(env, 'toy')).toBe('acme/dev/toy.tfstate');
  });

  test.each([
    ['bucket', bucketName(longest, 'a-feed-with-a-long-name'), 63],
    ['state bucket', stateBucketName(longest), 63],
    ['role', roleName(longest, 'a-feed-with-a-long-name-stage'), 64],
    ['schedule group', scheduleGroupName(longest, 'a-feed-with-a-long-name'), 64],
  ])('a %s fits and stays lower case', (_what, name, most) => {
    expect(name.length).toBeLessThanOrEqual(most);
    expect(name).toMatch(/^[a-z0-9][a-z0-9-]*[a-z0-9]$/);
  });

  test('that had to be shortened still differ, and still match the pattern of all buckets', () => {
    const names = ['feed-one-data', 'feed-two-data'].map((alias) => bucketName(longest, alias));
    expect(names[0]).not.toBe(names[1]);
    const [start, end] = bucketNamePattern(longest).split('*');
    for (const name of names) {
      expect(name.startsWith(start ?? '?')).toBe(true);
      expect(name.endsWith(end ?? '?')).toBe(true);
    }
  });

  test('that fit are left alone', () => {
    expect(fit('abc', 3)).toBe('abc');
    expect(fit('a'.repeat(20), 12)).toMatch(/^aaa-[0-9a-f]{8}$/);
  });

  test('of security groups never begin as AWS forbids', () => {
    expect(securityGroupName({ project: 'sg-media', name: 'dev' }, 'toy')).toBe('tasks-sg-media-dev-toy');
  });

  test.each([
    ['us-east-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
  ])('%s lies in partition %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
    expect(arnOf({ ...env, region }, 'iam', 'role/x')).toBe(`arn:${partition}:iam::123456789012:role/x`);
  });
});
