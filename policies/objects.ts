import type { Statement } from './document.ts';

/** Part of a bucket. */
export interface Prefix {
  readonly bucketArn: string;
  /** Ends in `/`, or is empty for the whole bucket. */
  readonly prefix: string;
}

export const LIST_OBJECTS = ['s3:ListBucket'];
export const READ_OBJECTS = ['s3:GetObject'];
export const PUT_OBJECTS = ['s3:PutObject', 's3:AbortMultipartUpload'];

/** Every object below a prefix. */
export const objectsArn = ({ bucketArn, prefix }: Prefix): string => `${bucketArn}/${prefix}*`;

/**
 * Lists what lies below the prefixes of one bucket, and nothing else: asking for an object that is not
 * there answers 403 and not 404; who needs to know lists the key.
 */
export const listBelow = (Sid: string, bucketArn: string, ...prefixes: readonly string[]): Statement => ({
  Sid,
  Effect: 'Allow',
  Action: LIST_OBJECTS,
  Resource: bucketArn,
  Condition: { StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) } },
});

/** Lists and gets what lies below a prefix. @param what the objects are, `Published`: part of the Sids */
export const readBelow = (what: string, { bucketArn, prefix }: Prefix): Statement[] => [
  listBelow(`List${what}`, bucketArn, prefix),
  {
    Sid: `Read${what}`,
    Effect: 'Allow',
    Action: READ_OBJECTS,
    Resource: objectsArn({ bucketArn, prefix }),
  },
];
