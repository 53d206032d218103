import { amount, blocks, isTrue, text, texts } from './attributes.ts';
import { judgeStatements, policiesOfRole, speaksOf } from './documents.ts';
import { isKey } from './keys.ts';
import type { Model, Resource } from './model.ts';
import { fault, judgeEach, type Fault, type Rule } from './rule.ts';

const LEAST_SNAPSHOT_DAYS = 7;
const LOGS = ['connectionlog', 'useractivitylog', 'userlog'];

export const t44: Rule = {
  id: 'T44',
  demand:
    'A warehouse encrypts under a key of the account, is private, routes through the VPC, asks for TLS, logs its users, keeps the password in Secrets Manager, and loads only below a prefix; a cluster keeps snapshots for 7 days.',
  reason: 'It holds all feeds together, and whoever may COPY from a whole bucket may read all of it.',
  sameAs: {
    checkov: [
      'CKV_AWS_64',
      'CKV_AWS_71',
      'CKV_AWS_87',
      'CKV_AWS_105',
      'CKV_AWS_142',
      'CKV_AWS_154',
      'CKV_AWS_282',
      'CKV_AWS_321',
    ],
    trivy: ['AWS-0084', 'AWS-0127'],
    nag: ['AwsSolutions-RS1', 'AwsSolutions-RS2', 'AwsSolutions-RS3', 'AwsSolutions-RS6'],
  },
  check: (model) => [
    ...judgeEach(model, ['aws_redshift_cluster'], (cluster) => {
      const { values } = cluster;
      const group = model.find('aws_redshift_parameter_group', text(values, 'cluster_parameter_group_name'));
      const logging = [
        ...blocks(values, 'logging').filter((block) => isTrue(block, 'enable')),
        ...model.attached(cluster, 'aws_redshift_logging', 'cluster_identifier'),
      ];
      return [
        (isTrue(values, 'encrypted') && isKey(model, text(values, 'kms_key_id'))) || UNENCRYPTED,
        text(values, 'publicly_accessible') === 'false' || PUBLIC,
        isTrue(values, 'enhanced_vpc_routing') || ROUTING,
        asksForTls(group, 'parameter', 'name', 'value') || CLEAR,
        logging.length > 0 || UNLOGGED,
        amount(values, 'automated_snapshot_retention_period') >= LEAST_SNAPSHOT_DAYS ||
          fault('keeps snapshots for less than 7 days', 'Set automated_snapshot_retention_period.'),
        isTrue(values, 'manage_master_password') || PASSWORD,
      ];
    }),
    ...judgeEach(model, ['aws_redshiftserverless_namespace'], ({ values }) => [
      isKey(model, text(values, 'kms_key_id')) || UNENCRYPTED,
      LOGS.every((log) => texts(values, 'log_exports').includes(log)) || UNLOGGED,
      isTrue(values, 'manage_admin_password') || PASSWORD,
    ]),
    ...judgeEach(model, ['aws_redshiftserverless_workgroup'], (workgroup) => [
      text(workgroup.values, 'publicly_accessible') === 'false' || PUBLIC,
      isTrue(workgroup.values, 'enhanced_vpc_routing') || ROUTING,
      asksForTls(workgroup, 'config_parameter', 'parameter_key', 'parameter_value') || CLEAR,
    ]),
    ...loaders(model).flatMap((role) =>
      judgeStatements(policiesOfRole(model, role), (statement) =>
        statement.allows && speaksOf(statement, 's3:GetObject')
          ? statement.resources.map(
              (objects) =>
                /^arn:[\w-]+:s3:::[^/*]+\/[^*]+\/\*$/.test(objects) ||
                fault(`loads from all of ${objects}`, 'Name the prefix from which it loads.'),
            )
          : [],
      ),
    ),
  ],
};

const UNENCRYPTED = fault('does not encrypt under a key of the account', 'Set the data key.');
const PUBLIC = fault('may be public', 'Set publicly_accessible to false.');
const ROUTING = fault('moves data outside the VPC', 'Set enhanced_vpc_routing.');
const CLEAR = fault('answers without TLS', 'Set the parameter require_ssl to true.');
const UNLOGGED = fault('does not log what its users do', 'Export all its logs.');
const PASSWORD = fault('has a password that somebody gave', 'Let AWS manage it in Secrets Manager.');

const asksForTls = (of: Resource | undefined, parameter: string, name: string, value: string): boolean =>
  blocks(of?.values ?? {}, parameter).some(
    (block): Fault | boolean => text(block, name) === 'require_ssl' && text(block, value) === 'true',
  );

/** Roles under which a warehouse itself works. */
const loaders = (model: Model): Resource[] =>
  model
    .of('aws_redshift_cluster', 'aws_redshiftserverless_namespace', 'aws_redshift_cluster_iam_roles')
    .flatMap(({ values }) => [...texts(values, 'iam_roles'), ...texts(values, 'iam_role_arns')])
    .flatMap((arn) => model.find('aws_iam_role', arn) ?? []);
