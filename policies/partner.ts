import { policyDocument } from './document.ts';
import { objectsArn, USE_DATA_KEY, type Prefix } from './stage.ts';

/** Putting alone: who delivers neither lists, reads nor deletes. */
const DELIVER_OBJECTS = ['s3:PutObject', 's3:AbortMultipartUpload'];

export interface Delivery {
  readonly region: string;
  readonly writes: readonly Prefix[];
  readonly dataKeyArn: string;
}

/** What somebody who delivers to us may do. */
export const deliveryPolicy = ({ region, writes, dataKeyArn }: Delivery): string =>
  policyDocument(
    { Sid: 'Deliver', Effect: 'Allow', Action: DELIVER_OBJECTS, Resource: writes.map(objectsArn) },
    {
      Sid: 'UseDataKey',
      Effect: 'Allow',
      Action: USE_DATA_KEY,
      Resource: dataKeyArn,
      Condition: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
    },
  );

/** @param externalId by which the partner tells its customers apart, so that no other can have it write here */
export const deliveryTrustPolicy = (partition: string, account: string, externalId: string): string =>
  policyDocument({
    Sid: 'OnlyForThisCustomer',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': externalId } },
  });

/** Partners: roles under which they write to us, and their side as the sandbox stands in for it. */

/** @param prefix below which the objects lie */
export const partnerReadPolicy = (bucketArn: string, prefix: string): string =>
  policyDocument(
    {
      Sid: 'ReadDelivered',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: `${bucketArn}/${prefix}*`,
    },
    {
      Sid: 'ListDelivered',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucketArn,
      Condition: { StringLike: { 's3:prefix': [`${prefix}*`] } },
    },
  );

/** @param customer account whose roles may take the partner's */
export const partnerTrustPolicy = (customer: string): string =>
  policyDocument({
    Sid: 'OnlyTheCustomer',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${customer}:root` },
    Action: 'sts:AssumeRole',
  });
