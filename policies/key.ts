import { arnOf, type PlaceScope, prefixOf } from '../config/names.ts';
import { policyDocument, type Statement } from './document.ts';

const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:CreateGrant',
  'kms:Decrypt',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:RetireGrant',
  'kms:RevokeGrant',
  'kms:RotateKeyOnDemand',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];

/** Hands the decision to the account's IAM policies; without it nobody could ever change the key. */
const account = (env: PlaceScope): Statement => ({
  Sid: 'AccountDecidesByIam',
  Effect: 'Allow',
  Principal: { AWS: arnOf(env, 'iam', 'root') },
  Action: ADMINISTRATION,
  Resource: '*',
});

/** Key of what the feeds hold: buckets, secrets, images. Its users reach it by their own roles. */
export const dataKeyPolicy = (env: PlaceScope): string => policyDocument(account(env));

/**
 * Key of what running them leaves behind: logs, dead letters, alarms. Services write these by
 * themselves, so they are named here, each bound to this environment's resources.
 * @param logGroups names of those that the environment makes for others, and that have names of theirs
 */
export const operationsKeyPolicy = (env: PlaceScope, logGroups: readonly string[] = []): string =>
  policyDocument(
    account(env),
    {
      Sid: 'LogGroupsOfThisEnvironment',
      Effect: 'Allow',
      Principal: { Service: `logs.${env.region}.amazonaws.com` },
      Action: [
        'kms:Encrypt',
        'kms:Decrypt',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
        'kms:GenerateDataKey',
        'kms:DescribeKey',
      ],
      Resource: '*',
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': [
            arnOf(env, 'logs', `log-group:/${prefixOf(env)}/*`),
            arnOf(env, 'logs', `log-group:/aws/vendedlogs/states/${prefixOf(env)}/*`),
            ...logGroups.map((name) => arnOf(env, 'logs', `log-group:${name}`)),
          ],
        },
      },
    },
    {
      Sid: 'AlarmsToTheTopic',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceAccount': env.account } },
    },
  );
