import { policyDocument, type Statement } from './document.ts';

/** A bucket's part that a stage may touch. */
export interface Prefix {
  readonly bucketArn: string;
  /** Ends in `/`, or is empty for the whole bucket. */
  readonly prefix: string;
}

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

export const READ_OBJECTS = ['s3:GetObject'];
export const LIST_OBJECTS = ['s3:ListBucket'];
/** Deleting is part of writing: what a broken unit wrote earlier is taken back. */
export const WRITE_OBJECTS = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];
export const READ_SECRET = ['secretsmanager:GetSecretValue'];
export const USE_DATA_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Services through which a task uses the data key; never directly. */
export const dataKeyServices = (region: string): string[] => [
  `s3.${region}.amazonaws.com`,
  `secretsmanager.${region}.amazonaws.com`,
];

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
    {
      Sid: 'UseDataKey',
      Effect: 'Allow',
      Action: USE_DATA_KEY,
      Resource: access.dataKeyArn,
      Condition: { StringEquals: { 'kms:ViaService': dataKeyServices(access.region) } },
    },
    ...(access.warehouse ?? []),
  );

/** Every object below a prefix. */
export const objectsArn = ({ bucketArn, prefix }: Prefix): string => `${bucketArn}/${prefix}*`;

/**
 * One statement a bucket: IAM can't pair a resource with its own condition within a statement.
 * Listing is allowed only with a declared prefix, so asking for an object that is not there answers
 * 403 and not 404; who needs to know lists the key.
 */
const listings = (reads: readonly Prefix[]): Statement[] => {
  const buckets = [...new Set(reads.map(({ bucketArn }) => bucketArn))];
  return buckets.map((bucketArn, index) => ({
    Sid: `ListPrefixes${index}`,
    Effect: 'Allow',
    Action: LIST_OBJECTS,
    Resource: bucketArn,
    Condition: {
      StringLike: {
        's3:prefix': reads.filter((read) => read.bucketArn === bucketArn).map(({ prefix }) => `${prefix}*`),
      },
    },
  }));
};
