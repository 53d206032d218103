import { policyDocument } from './document.ts';

/** A partner's side as the sandbox stands in for it: a role of theirs that reads what they deliver. */

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
