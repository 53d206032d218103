import { policyDocument } from './document.ts';
import { objectsArn, PUT_OBJECTS, readBelow, type Prefix } from './objects.ts';
import { ENCRYPT_AND_DECRYPT, useKey } from './use-key.ts';

/** Partners: roles under which they write to us, and their side as the sandbox stands in for it. */

export interface Delivery {
  readonly region: string;
  readonly writes: readonly Prefix[];
  readonly dataKeyArn: string;
}

/** What somebody who delivers to us may do: put alone, neither list, read nor delete. */
export const deliveryPolicy = ({ region, writes, dataKeyArn }: Delivery): string =>
  policyDocument(
    { Sid: 'Deliver', Effect: 'Allow', Action: PUT_OBJECTS, Resource: writes.map(objectsArn) },
    useKey('UseDataKey', ENCRYPT_AND_DECRYPT, { keyArn: dataKeyArn, region }, 's3'),
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

/** @param delivered where the objects lie */
export const partnerReadPolicy = (delivered: Prefix): string =>
  policyDocument(...readBelow('Delivered', delivered));

/** @param customer account whose roles may take the partner's */
export const partnerTrustPolicy = (customer: string): string =>
  policyDocument({
    Sid: 'OnlyTheCustomer',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${customer}:root` },
    Action: 'sts:AssumeRole',
  });
