import { policyDocument, type Statement } from './document.ts';
import { listBelow, objectsArn, PUT_OBJECTS, READ_OBJECTS, type Prefix } from './objects.ts';
import { ENCRYPT_AND_DECRYPT, useKey } from './use-key.ts';

/** CloudWatch hands log events to Firehose, Firehose puts them into a bucket: a role for each. */

const PUT_RECORDS = ['firehose:PutRecord', 'firehose:PutRecordBatch'];
/** What Firehose asks of a bucket, from its guide: it looks where the bucket is and takes up half-done uploads. */
const KNOW_BUCKET = ['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'];
const TELL_ERRORS = ['logs:PutLogEvents'];

/** What CloudWatch may do with the events of a log group. */
export const handOnPolicy = (streamArn: string): string =>
  policyDocument({ Sid: 'HandOn', Effect: 'Allow', Action: PUT_RECORDS, Resource: streamArn });

export interface StreamAccess {
  readonly region: string;
  readonly to: Prefix;
  readonly dataKeyArn: string;
  /** Where it tells what it could not deliver. */
  readonly logGroupArn: string;
}

/** What a delivery stream may do. */
export const deliveryStreamPolicy = ({ region, to, dataKeyArn, logGroupArn }: StreamAccess): string =>
  policyDocument(
    { Sid: 'KnowBucket', Effect: 'Allow', Action: KNOW_BUCKET, Resource: to.bucketArn },
    listBelow('ListDelivered', to.bucketArn, to.prefix),
    { Sid: 'Deliver', Effect: 'Allow', Action: [...READ_OBJECTS, ...PUT_OBJECTS], Resource: objectsArn(to) },
    useKey('UseDataKey', ENCRYPT_AND_DECRYPT, { keyArn: dataKeyArn, region }, 's3'),
    { Sid: 'TellErrors', Effect: 'Allow', Action: TELL_ERRORS, Resource: `${logGroupArn}:log-stream:*` },
  );

/** The most of it that any role may do. @param ours ARNs of the environment's buckets */
export const deliveryBoundary = (ours: readonly string[], streams: string): Statement[] => [
  { Sid: 'HandOnLogs', Effect: 'Allow', Action: PUT_RECORDS, Resource: streams },
  { Sid: 'KnowBuckets', Effect: 'Allow', Action: KNOW_BUCKET, Resource: ours },
];
