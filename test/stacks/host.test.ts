import { Buffer } from 'node:buffer';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cron, everyMinutes, type FeedDeclaration } from '../../etl/feed.ts';
import { checkRules } from '../../policies/rules/check.ts';
import { hostSize } from '../../stacks/host/size.ts';
import { timerLines } from '../../stacks/on-calendar.ts';
import { synthesize } from '../../stacks/synthesize.ts';
import {
  ofType,
  statementsOf,
  synthesized,
  type Synthesized,
  type Attributes,
  type SynthesizedEnvironment,
} from './synthesized.ts';
import { dev, toy } from './toy-feed.ts';

const env = { ...dev, compute: 'ec2' as const };
const repository = '123456789012.dkr.ecr.us-east-1.amazonaws.com/acme-dev/worker';
const pinsOf = (letter: string) => ({
  worker: { repository, tag: letter, digest: `sha256:${letter.repeat(64)}` },
});

describe('an environment on a host', () => {
  let synth: SynthesizedEnvironment;
  let outdir: string;
  let host: { readonly resource: Readonly<Record<string, Readonly<Record<string, Attributes>>>> };
  beforeAll(async () => {
    synth = await synthesized(env, { pins: pinsOf('a') });
    outdir = await mkdtemp(join(tmpdir(), 'host-'));
    const stacks = await synthesize(env, { outdir, feeds: [toy], pins: pinsOf('a') });
    const text = await readFile(join(stacks.at(-1)!.folder, 'cdk.tf.json'), 'utf8');
    host = JSON.parse(text) as typeof host;
  });
  afterAll(() => rm(outdir, { recursive: true }));

  test('has the host last, after the foundation', () => {
    expect(synth.stacks.map(({ name }) => name)).toEqual(['foundation', 'toy', 'host']);
    expect(synth.stacks.at(-1)?.dependsOn).toEqual(['foundation']);
  });

  test('breaks no rule', async () => {
    const { findings } = await checkRules({ folder: outdir, environment: env, feeds: [toy] });
    expect(findings).toEqual([]);
  });

  test('makes nothing of ECS and no schedule', () => {
    const types = [synth.foundation, synth.toy].flatMap(({ resource }) => Object.keys(resource));
    expect(types.filter((type) => /^aws_(ecs|sfn|scheduler|sqs)/.test(type))).toEqual([]);
    expect(Object.keys(ofType(synth.foundation, 'aws_iam_role'))).toEqual([
      'host_role',
      'network_flow-logs_role',
    ]);
  });

  test('the host answers by IMDSv2 within one hop, on an encrypted gp3, with no key and no address', () => {
    const template = host.resource['aws_launch_template']?.['template'];
    expect(template).toMatchObject({
      metadata_options: { http_tokens: 'required', http_put_response_hop_limit: 1 },
      block_device_mappings: [{ ebs: { encrypted: 'true', volume_type: 'gp3' } }],
      image_id: 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
      network_interfaces: [{ associate_public_ip_address: 'false' }],
    });
    expect(template).not.toHaveProperty('key_name');
    expect(host.resource).not.toHaveProperty('aws_vpc_security_group_ingress_rule');
  });

  test('user data fits, whatever the feeds, and holds nothing of them', () => {
    const [{ user_data: encoded } = {}] = Object.values(host.resource['aws_launch_template'] ?? {});
    const userData = Buffer.from(encoded as string, 'base64');
    expect(userData.length).toBeLessThan(16 * 1024);
    expect(userData.toString()).not.toMatch(/toy|@[A-Z_]+@/);
  });

  test('the host may take the stages’ roles, which trust it alone, and read no data itself', () => {
    const policy = ofType(synth.foundation, 'aws_iam_role_policy')['host_policy']?.['policy'];
    const statements = statementsOf(policy);
    expect(statements.find(({ Sid }) => Sid === 'EnterStages')?.Resource).toEqual(
      ['fetch', 'count', 'sample', 'names'].map(
        (stage) => `arn:aws:iam::123456789012:role/acme-dev-toy-${stage}`,
      ),
    );
    const objects = statements.filter(({ Action }) => JSON.stringify(Action).includes('s3:GetObject'));
    expect(objects.map(({ Resource }) => Resource)).toEqual([
      'arn:aws:s3:::acme-dev-operations-123456789012/host/*',
    ]);
    for (const role of Object.values(ofType(synth.toy, 'aws_iam_role'))) {
      expect(statementsOf(role['assume_role_policy'])).toMatchObject([
        { Principal: { AWS: 'arn:aws:iam::123456789012:role/acme-dev-host' }, Action: 'sts:AssumeRole' },
      ]);
    }
  });

  test('a new image changes services and nothing else', async () => {
    const after = await synthesized(env, { pins: pinsOf('b') });
    expect(after.foundation.text).toBe(synth.foundation.text);
    const changed = Object.entries(ofType(after.toy, 'aws_s3_object')).flatMap(([name, object]) =>
      object['content'] === ofType(synth.toy, 'aws_s3_object')[name]?.['content'] ? [] : [name],
    );
    expect(changed).toEqual(['unit-peaches-run-toy-names-service', 'unit-peaches-run-toy-service']);
    const others = ({ resource }: Synthesized) => ({ ...resource, aws_s3_object: undefined });
    expect(others(after.toy)).toEqual(others(synth.toy));
  });

  test('alarms count what the stages log', () => {
    const alarms = ofType(synth.toy, 'aws_cloudwatch_metric_alarm');
    expect(Object.keys(alarms)).toEqual([
      'alarms_failed',
      'alarms_rejected',
      'alarms_silent-pipeline',
      'alarms_silent-stage-names',
      'alarms_units-failed',
    ]);
    expect(alarms['alarms_failed']).toMatchObject({ namespace: 'acme-dev', metric_name: 'toy.errors' });
    expect(alarms['alarms_silent-pipeline']).toMatchObject({ metric_name: 'toy.sample.ended' });
  });
});

describe('the size of a host', () => {
  const withMemory = (memoryMiB: number, vcpu: 1 | 8): FeedDeclaration => ({
    ...toy,
    stages: { ...toy.stages, count: { ...toy.stages['count']!, memoryMiB, vcpu } },
  });

  test.each([
    ['its feeds one after the other', [toy], { instanceType: 'm6i.large', volumeGiB: 60 }],
    [
      'memory of all that may run at once',
      [withMemory(8192, 1)],
      { instanceType: 'm6i.xlarge', volumeGiB: 60 },
    ],
    [
      'processors of the biggest stage',
      [withMemory(2048, 8)],
      { instanceType: 'm6i.2xlarge', volumeGiB: 60 },
    ],
    ['nothing at all', [], { instanceType: 'm6i.large', volumeGiB: 20 }],
  ])('is that of %s', (_what, feeds, size) => {
    expect(hostSize(feeds)).toEqual(size);
  });

  test('has an end', () => {
    const giants = Array.from({ length: 5 }, () => withMemory(122_880, 1));
    expect(() => hostSize(giants)).toThrow(expect.objectContaining({ code: 'HOST_TOO_SMALL' }));
  });
});

describe('a trigger as a timer', () => {
  test.each([
    [everyMinutes(90), ['OnUnitActiveSec=90min']],
    [cron('30 3 * * ? *'), ['OnCalendar=*-*-* 3:30:00 UTC', 'Persistent=true']],
    [
      cron('0/15 8-18 ? JAN,DEC MON-FRI 2026'),
      ['OnCalendar=Mon,Tue,Wed,Thu,Fri 2026-1,12-* 8..18:0/15:00 UTC', 'Persistent=true'],
    ],
    [cron('0 0 ? * 7-2 *'), ['OnCalendar=Sun,Mon,Sat *-*-* 0:0:00 UTC', 'Persistent=true']],
    [cron('0 0 ? * 2/2 *'), ['OnCalendar=Mon,Wed,Fri *-*-* 0:0:00 UTC', 'Persistent=true']],
  ])('%j', (trigger, lines) => {
    expect(timerLines(trigger)).toEqual(lines);
  });

  test.each(['0 0 L * ? *', '0 0 ? * 6#3 *', '0 0 15W * ? *', '0 0 ? * 5L *', '0 0 * * ?'])(
    'cron(%s) is refused rather than bent',
    async (expression) => {
      const stages = { ...toy.stages, names: { ...toy.stages['names']!, on: cron(expression) } };
      await expect(synthesized(env, { feeds: [{ ...toy, stages }] })).rejects.toMatchObject({
        code: 'TRIGGER_NOT_FOR_HOST',
        message: expect.stringContaining(`cron(${expression})`),
      });
    },
  );
});
