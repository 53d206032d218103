import { CreateRepositoryCommand, ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sandboxEnvironment } from '../../sandbox/environment.ts';
import { findLauncher } from '../../sandbox/launcher.ts';
import { startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import { clientSettings } from '../../config/access.ts';
import { findTerraform } from '../../terraform/find.ts';
import { inventoryOf } from '../../terraform/inventory.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';
import { terraformOn, writeStack, type Resources } from './support/stack.ts';

jest.setTimeout(300_000);

const lack = await lackOf(async () => {
  await findTerraform();
  const { kind } = await findLauncher(tmpdir());
  if (kind !== 'python') throw new Error('plain moto is compared with, and no Python here has it');
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** A call of a service for which there is no client here. */
const callJson = async (endpoint: string, service: string, target: string, body: object) => {
  const scope = `testing/20260101/us-east-1/${service}/aws4_request`;
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
    },
    body: JSON.stringify(body),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${target}: ${answer}`);
  return (answer === '' ? {} : JSON.parse(answer)) as Record<string, string>;
};

/** What a client may see of the same calls, on an emulator with and without help. */
const observations = {
  'a delete marker can be deleted after versioning is suspended': async (
    endpoint: string,
  ): Promise<unknown> => {
    const access = { region: 'us-east-1', environment: sandboxEnvironment(endpoint, {}, {}) };
    const s3 = new S3Client({ ...clientSettings(access), maxAttempts: 1 });
    await s3.send(new CreateBucketCommand({ Bucket: 'markers' }));
    const version = (Status: 'Enabled' | 'Suspended') =>
      s3.send(new PutBucketVersioningCommand({ Bucket: 'markers', VersioningConfiguration: { Status } }));
    await version('Enabled');
    await s3.send(new PutObjectCommand({ Bucket: 'markers', Key: 'only', Body: 'a' }));
    const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket: 'markers', Key: 'only' }));
    await version('Suspended');
    await s3.send(new DeleteObjectCommand({ Bucket: 'markers', Key: 'only', VersionId }));
    return 'deleted';
  },

  'a policy against access without TLS lets others in': async (endpoint: string): Promise<unknown> => {
    const s3 = new S3Client(
      clientSettings({ region: 'us-east-1', environment: sandboxEnvironment(endpoint, {}, {}) }),
    );
    await s3.send(new CreateBucketCommand({ Bucket: 'tls' }));
    const statement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::tls', 'arn:aws:s3:::tls/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await s3.send(new PutBucketPolicyCommand({ Bucket: 'tls', Policy }));
    await s3.send(new PutObjectCommand({ Bucket: 'tls', Key: 'a', Body: 'a' }));
    return 'put';
  },

  'an image has the digest of its manifest': async (endpoint: string): Promise<unknown> => {
    const ecr = new ECRClient(
      clientSettings({ region: 'us-east-1', environment: sandboxEnvironment(endpoint, {}, {}) }),
    );
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'images' }));
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: { size: 10, digest: 'sha256:1' },
      layers: [{ size: 20, digest: 'sha256:2' }],
    });
    const { image } = await ecr.send(
      new PutImageCommand({ repositoryName: 'images', imageTag: 'v1', imageManifest }),
    );
    return (
      image?.imageId?.imageDigest === `sha256:${createHash('sha256').update(imageManifest).digest('hex')}`
    );
  },

  'what is logged lies in the folder of its hour': async (endpoint: string): Promise<unknown> => {
    const access = { region: 'us-east-1', environment: sandboxEnvironment(endpoint, {}, {}) };
    const s3 = new S3Client(clientSettings(access));
    await s3.send(new CreateBucketCommand({ Bucket: 'delivered' }));
    const roleArn = 'arn:aws:iam::123456789012:role/any';
    const firehose = (call: string, body: object) =>
      callJson(endpoint, 'firehose', `Firehose_20150804.${call}`, body);
    const logs = (call: string, body: object) => callJson(endpoint, 'logs', `Logs_20140328.${call}`, body);
    const { DeliveryStreamARN: destinationArn } = await firehose('CreateDeliveryStream', {
      DeliveryStreamName: 'events',
      ExtendedS3DestinationConfiguration: {
        RoleARN: roleArn,
        BucketARN: 'arn:aws:s3:::delivered',
        Prefix: 'in/!{timestamp:yyyy/MM/dd/HH}/',
        ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
      },
    });
    const logGroupName = 'vendor/events';
    await logs('CreateLogGroup', { logGroupName });
    await logs('CreateLogStream', { logGroupName, logStreamName: 'a' });
    await logs('PutSubscriptionFilter', {
      logGroupName,
      filterName: 'all',
      filterPattern: '',
      destinationArn,
      roleArn,
    });
    await logs('PutLogEvents', {
      logGroupName,
      logStreamName: 'a',
      logEvents: [{ timestamp: Date.now(), message: '{}' }],
    });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'delivered' }));
    return Contents.map(({ Key = '' }) => /^in\/\d{4}\/\d{2}\/\d{2}\/\d{2}\/events-[^/]+$/.test(Key));
  },

  'a role that does not exist cannot be assumed': async (endpoint: string): Promise<unknown> => {
    const sts = new STSClient(
      clientSettings({ region: 'us-east-1', environment: sandboxEnvironment(endpoint, {}, {}) }),
    );
    const RoleArn = 'arn:aws:iam::265086463190:role/none';
    return sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 's' })).then(
      () => 'assumed',
      (error: unknown) => (error as Error).name,
    );
  },
};

type Observation = keyof typeof observations;

/** What is seen with help; without it, something else or an error. */
const TRUE: Readonly<Record<Observation, unknown>> = {
  'a delete marker can be deleted after versioning is suspended': 'deleted',
  'a policy against access without TLS lets others in': 'put',
  'an image has the digest of its manifest': true,
  'what is logged lies in the folder of its hour': [true],
  'a role that does not exist cannot be assumed': 'AccessDenied',
};

/** One of each kind of resource that plain moto can't keep, show unchanged or delete. */
const FAMILIES: Resources = {
  aws_s3_bucket: { events: { bucket: 'families-events' } },
  aws_s3_bucket_notification: { events: { bucket: '${aws_s3_bucket.events.id}', eventbridge: true } },
  aws_sqs_queue: {
    dead: { name: 'dead' },
    live: {
      name: 'live',
      redrive_policy: '${jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 3 })}',
    },
  },
  aws_ecr_repository: { images: { name: 'families/images', image_tag_mutability: 'IMMUTABLE' } },
  aws_ecr_pull_through_cache_rule: {
    public: { ecr_repository_prefix: 'public', upstream_registry_url: 'public.ecr.aws' },
  },
  aws_iam_role: {
    role: {
      name: 'families-dev-role',
      assume_role_policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: {
              Service: ['states.amazonaws.com', 'lambda.amazonaws.com', 'firehose.amazonaws.com'],
            },
          },
        ],
      }),
    },
  },
  aws_iam_user: { user: { name: 'families-dev-user', force_destroy: true } },
  aws_sfn_state_machine: {
    machine: {
      name: 'families',
      role_arn: '${aws_iam_role.role.arn}',
      definition: JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } }),
    },
  },
  aws_lambda_function: {
    image: {
      function_name: 'families',
      role: '${aws_iam_role.role.arn}',
      package_type: 'Image',
      image_uri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/families/images:v1',
      dead_letter_config: { target_arn: '${aws_sqs_queue.dead.arn}' },
    },
  },
  aws_budgets_budget: {
    month: {
      name: 'families',
      budget_type: 'COST',
      limit_amount: '10',
      limit_unit: 'USD',
      time_unit: 'MONTHLY',
      notification: [
        {
          comparison_operator: 'GREATER_THAN',
          notification_type: 'ACTUAL',
          threshold: 80,
          threshold_type: 'PERCENTAGE',
          subscriber_email_addresses: ['data@example.com'],
        },
      ],
    },
  },
  aws_athena_workgroup: {
    reports: {
      name: 'families',
      force_destroy: true,
      configuration: { enforce_workgroup_configuration: true, publish_cloudwatch_metrics_enabled: true },
    },
  },
  aws_glue_catalog_database: { lake: { name: 'families' } },
  aws_athena_named_query: {
    query: {
      name: 'families',
      workgroup: '${aws_athena_workgroup.reports.id}',
      database: '${aws_glue_catalog_database.lake.name}',
      query: 'SELECT 1',
    },
  },
  aws_redshiftserverless_namespace: { warehouse: { namespace_name: 'families' } },
  aws_redshiftserverless_workgroup: {
    warehouse: {
      namespace_name: '${aws_redshiftserverless_namespace.warehouse.namespace_name}',
      workgroup_name: 'families',
      base_capacity: 8,
    },
  },
  aws_vpc: { net: { cidr_block: '10.0.0.0/16' } },
  aws_subnet: {
    a: { vpc_id: '${aws_vpc.net.id}', cidr_block: '10.0.0.0/24', availability_zone: 'us-east-1a' },
    b: { vpc_id: '${aws_vpc.net.id}', cidr_block: '10.0.1.0/24', availability_zone: 'us-east-1b' },
  },
  aws_security_group: { brokers: { name: 'brokers', vpc_id: '${aws_vpc.net.id}' } },
  aws_vpc_security_group_ingress_rule: {
    brokers: {
      security_group_id: '${aws_security_group.brokers.id}',
      referenced_security_group_id: '${aws_security_group.brokers.id}',
      ip_protocol: 'tcp',
      from_port: 9098,
      to_port: 9098,
      description: 'clients',
    },
  },
  aws_msk_configuration: {
    conf: { name: 'families', server_properties: 'auto.create.topics.enable=false\n' },
  },
  aws_msk_cluster: {
    stream: {
      cluster_name: 'families',
      kafka_version: '3.6.0',
      number_of_broker_nodes: 2,
      broker_node_group_info: {
        instance_type: 'kafka.t3.small',
        client_subnets: ['${aws_subnet.a.id}', '${aws_subnet.b.id}'],
        security_groups: ['${aws_security_group.brokers.id}'],
      },
      configuration_info: {
        arn: '${aws_msk_configuration.conf.arn}',
        revision: '${aws_msk_configuration.conf.latest_revision}',
      },
      client_authentication: { sasl: { iam: true } },
    },
  },
  aws_redshift_subnet_group: {
    warehouse: { name: 'families', subnet_ids: ['${aws_subnet.a.id}', '${aws_subnet.b.id}'] },
  },
  aws_redshift_cluster: {
    warehouse: {
      cluster_identifier: 'families',
      node_type: 'ra3.large',
      master_username: 'admin',
      master_password: 'Families4711',
      cluster_subnet_group_name: '${aws_redshift_subnet_group.warehouse.name}',
      skip_final_snapshot: true,
      encrypted: true,
    },
  },
  aws_quicksight_data_source: {
    lake: {
      data_source_id: 'families',
      name: 'families',
      type: 'ATHENA',
      parameters: { athena: { work_group: '${aws_athena_workgroup.reports.name}' } },
    },
  },
  aws_quicksight_data_set: {
    titles: {
      data_set_id: 'families',
      name: 'families',
      import_mode: 'DIRECT_QUERY',
      physical_table_map: {
        physical_table_map_id: 'titles',
        relational_table: {
          data_source_arn: '${aws_quicksight_data_source.lake.arn}',
          name: 'titles',
          schema: 'families',
          input_columns: [{ name: 'id', type: 'STRING' }],
        },
      },
    },
  },
};

describeWith(lack, 'the gaps of moto that the sandbox fills', () => {
  let root: string;
  let helped: string;
  let plain: string;
  let moto: ChildProcess;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'peaches-gaps-'));
    ({ endpoint: helped } = await startSandbox({ root }));
    const { command } = await findLauncher(root);
    const port = await freePort();
    plain = `http://127.0.0.1:${port}`;
    moto = spawn(command, ['-m', 'moto.server', '-p', String(port)], { stdio: 'ignore' });
    while (
      !(await fetch(`${plain}/moto-api/`).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await sleep(50);
  });

  afterAll(async () => {
    moto.kill();
    await stopSandbox({ root });
    await rm(root, { recursive: true });
  });

  test.each(Object.keys(observations) as Observation[])('%s: only with help', async (name) => {
    const seen = (endpoint: string) => observations[name](endpoint).catch((error: unknown) => error);
    expect(await seen(helped)).toEqual(TRUE[name]);
    expect(await seen(plain)).not.toEqual(TRUE[name]);
  });

  test('resources of all families are applied, show no change, are found by tag, destroyed and gone', async () => {
    const folder = join(root, 'families', 'stack');
    const tags = { project: 'families', environment: 'dev' };
    await writeStack(folder, FAMILIES, undefined, { default_tags: { tags } });
    const terraform = await terraformOn(helped, folder);
    await terraform.init();
    const plan = await terraform.plan({ out: join(root, 'families', 'plan') });
    await terraform.apply(plan.planFile);
    const again = await terraform.plan({ out: join(root, 'families', 'plan') });
    expect(again.changes).toEqual([]);

    const scope = { project: 'families', name: 'dev', region: 'us-east-1' };
    const environment = sandboxEnvironment(helped, {}, {});
    const found = (await inventoryOf(scope, environment)).map(({ service, kind }) => `${service}:${kind}`);
    expect(found).toEqual(
      expect.arrayContaining(['ecr:repository', 'ec2:vpc', 'iam:role', 'iam:user', 's3:bucket', 'sqs:queue']),
    );

    const destroy = await terraform.plan({ out: join(root, 'families', 'plan'), destroy: true });
    await terraform.apply(destroy.planFile);
    expect(await inventoryOf(scope, environment)).toEqual([]);
  });
});
