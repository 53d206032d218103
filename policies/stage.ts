import { policyDocument, type Statement } from './document.ts';
import { listBelow, objectsArn, READ_OBJECTS, type Prefix } from './objects.ts';
import { ENCRYPT_AND_DECRYPT, useKey } from './use-key.ts';

/** All that a stage may reach, as its declaration says. */
export interface StageAccess {
  readonly region: string;
  readonly reads: readonly Prefix[];
  readonly writes: readonly Prefix[];
  readonly secretArns: readonly string[];
  /** Roles of other accounts that open their buckets to us. */
  readonly externalRoleArns: readonly string[];
  readonly dataKeyArn: string;
  /** What it sends to the warehouse, if it loads tables. */
  readonly warehouse?: readonly Statement[];
}

/** Deleting is part of writing: what a broken unit wrote earlier is taken back. */
export const WRITE_OBJECTS = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];
export const READ_SECRET = ['secretsmanager:GetSecretValue'];

/** The role of one stage's task: exactly the prefixes, secrets and external roles of its declaration. */
export const stagePolicy = (access: StageAccess): string =>
  policyDocument(
    ...listings(access.reads),
    {
      Sid: 'ReadObjects',
      Effect: 'Allow',
      Action: READ_OBJECTS,
      Resource: access.reads.map(objectsArn),
    },
    {
      Sid: 'WriteObjects',
      Effect: 'Allow',
      Action: WRITE_OBJECTS,
      Resource: access.writes.map(objectsArn),
    },
    { Sid: 'ReadSecrets', Effect: 'Allow', Action: READ_SECRET, Resource: access.secretArns },
    {
      Sid: 'EnterExternalBuckets',
      Effect: 'Allow',
      Action: ['sts:AssumeRole'],
      Resource: access.externalRoleArns,
    },
    useKey(
      'UseDataKey',
      ENCRYPT_AND_DECRYPT,
      { keyArn: access.dataKeyArn, region: access.region },
      's3',
      'secretsmanager',
    ),
    ...(access.warehouse ?? []),
  );

/** One statement a bucket: IAM can't pair a resource with its own condition within a statement. */
const listings = (reads: readonly Prefix[]): Statement[] => {
  const buckets = [...new Set(reads.map(({ bucketArn }) => bucketArn))];
  return buckets.map((bucketArn, index) =>
    listBelow(
      `ListPrefixes${index}`,
      bucketArn,
      ...reads.filter((read) => read.bucketArn === bucketArn).map(({ prefix }) => prefix),
    ),
  );
};
