import { describe, expect, test } from '@jest/globals';
import { privateBucketPolicy } from '../../policies/bucket.ts';
import { policyDocument } from '../../policies/document.ts';
import { operationsKeyPolicy } from '../../policies/key.ts';
import { schedulePolicy } from '../../policies/schedule.ts';
import { stagePolicy } from '../../policies/stage.ts';
import { trustPolicy } from '../../policies/trust.ts';

const env = { project: 'acme', name: 'dev', account: '123456789012', region: 'eu-west-1' };

const parsed = (policy: string) =>
  JSON.parse(policy) as { Version: string; Statement: Record<string, unknown>[] };
const sids = (policy: string) => parsed(policy).Statement.map(({ Sid }) => Sid);

describe('a policy document', () => {
  test('leaves out what grants nothing', () => {
    const document = policyDocument(
      { Sid: 'Nothing', Effect: 'Allow', Action: 's3:GetObject', Resource: [] },
      { Sid: 'Something', Effect: 'Allow', Action: 's3:GetObject', Resource: ['arn:aws:s3:::b/*'] },
    );
    expect(parsed(document)).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'Something', Effect: 'Allow', Action: 's3:GetObject', Resource: ['arn:aws:s3:::b/*'] },
      ],
    });
  });
});

describe('a stage', () => {
  const access = {
    region: 'eu-west-1',
    reads: [
      { bucketArn: 'arn:aws:s3:::one', prefix: 'a/' },
      { bucketArn: 'arn:aws:s3:::two', prefix: '' },
      { bucketArn: 'arn:aws:s3:::one', prefix: 'b/' },
    ],
    writes: [],
    secretArns: [],
    externalRoleArns: [],
    dataKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/k',
  };

  test('without writes, secrets and external roles has no statement of them', () => {
    expect(sids(stagePolicy(access))).toEqual([
      'ListPrefixes0',
      'ListPrefixes1',
      'ReadObjects',
      'UseDataKey',
    ]);
  });

  test('lists each bucket below its own prefixes', () => {
    expect(parsed(stagePolicy(access)).Statement.slice(0, 2)).toMatchObject([
      { Resource: 'arn:aws:s3:::one', Condition: { StringLike: { 's3:prefix': ['a/*', 'b/*'] } } },
      { Resource: 'arn:aws:s3:::two', Condition: { StringLike: { 's3:prefix': ['*'] } } },
    ]);
  });

  test('uses the key only through the services that hold its data', () => {
    expect(parsed(stagePolicy(access)).Statement.at(-1)).toMatchObject({
      Condition: {
        StringEquals: {
          'kms:ViaService': ['s3.eu-west-1.amazonaws.com', 'secretsmanager.eu-west-1.amazonaws.com'],
        },
      },
    });
  });
});

describe('a private bucket', () => {
  test('refuses a wrong encryption but not a silent request, which its default encrypts', () => {
    const [, , encryption, key] = parsed(privateBucketPolicy('arn:aws:s3:::b', 'arn:key')).Statement;
    expect(encryption?.['Condition']).toEqual({
      Null: { 's3:x-amz-server-side-encryption': 'false' },
      StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' },
    });
    expect(key?.['Condition']).toEqual({
      Null: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'false' },
      StringNotEquals: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'arn:key' },
    });
  });
});

describe('trust', () => {
  test.each([
    ['scheduler', 'toy', 'arn:aws:scheduler:eu-west-1:123456789012:schedule-group/toy'],
    ['states', 'toy', 'arn:aws:states:eu-west-1:123456789012:stateMachine:toy'],
    ['ecs-tasks', '', 'arn:aws:ecs:eu-west-1:123456789012:*'],
    ['vpc-flow-logs', '', 'arn:aws:ec2:eu-west-1:123456789012:vpc-flow-log/*'],
  ] as const)('in %s is bound to its resources', (service, name, source) => {
    expect(parsed(trustPolicy(env, service, name)).Statement).toMatchObject([
      {
        Principal: { Service: `${service}.amazonaws.com` },
        Action: 'sts:AssumeRole',
        Condition: { ArnLike: { 'aws:SourceArn': source } },
      },
    ]);
  });
});

describe('schedules', () => {
  test('of a feed without pipeline start tasks only', () => {
    const policy = schedulePolicy(env, {
      pipelineArns: [],
      tasks: [{ family: 'acme-dev-toy-names', roleArns: ['arn:role'] }],
      deadLetters: { queueArn: 'arn:queue', keyArn: 'arn:key' },
    });
    expect(sids(policy)).toEqual(['RunTasks', 'PassTaskRoles', 'KeepDeadLetters', 'EncryptDeadLetters']);
  });

  test('without lone stages start the pipeline only', () => {
    const policy = schedulePolicy(env, {
      pipelineArns: ['arn:machine'],
      tasks: [],
      deadLetters: { queueArn: 'arn:queue', keyArn: 'arn:key' },
    });
    expect(sids(policy)).toEqual(['StartPipeline', 'KeepDeadLetters', 'EncryptDeadLetters']);
  });
});

describe('the key of operations', () => {
  test('serves the log groups of this environment and no others', () => {
    expect(parsed(operationsKeyPolicy(env)).Statement[1]).toMatchObject({
      Principal: { Service: 'logs.eu-west-1.amazonaws.com' },
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': [
            'arn:aws:logs:eu-west-1:123456789012:log-group:/acme-dev/*',
            'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/states/acme-dev/*',
          ],
        },
      },
    });
  });
});
