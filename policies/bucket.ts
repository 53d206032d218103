import { policyDocument, type Statement } from './document.ts';

const everyResource = (bucketArn: string): string[] => [bucketArn, `${bucketArn}/*`];

/** No request in clear, and none by a TLS that is no longer safe. */
const onlyTls = (bucketArn: string): Statement[] => [
  {
    Sid: 'OnlyTls',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: everyResource(bucketArn),
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  },
  {
    Sid: 'OnlyTls12OrNewer',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: everyResource(bucketArn),
    Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } },
  },
];

/**
 * A private bucket refuses clear text, and objects that ask for another encryption than the bucket's
 * own. A request that asks for none is not refused: the bucket's default then encrypts it.
 */
export const privateBucketPolicy = (bucketArn: string, keyArn: string): string =>
  policyDocument(
    ...onlyTls(bucketArn),
    {
      Sid: 'OnlyKmsEncryption',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `${bucketArn}/*`,
      Condition: {
        Null: { 's3:x-amz-server-side-encryption': 'false' },
        StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' },
      },
    },
    {
      Sid: 'OnlyThisKey',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `${bucketArn}/*`,
      Condition: {
        Null: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'false' },
        StringNotEquals: { 's3:x-amz-server-side-encryption-aws-kms-key-id': keyArn },
      },
    },
  );

/** The bucket of the Terraform state, which every key of the account may encrypt. */
export const stateBucketPolicy = (bucketArn: string): string => policyDocument(...onlyTls(bucketArn));

/** The bucket of access logs takes them from S3 itself, for this environment's buckets alone. */
export const accessLogBucketPolicy = (
  bucketArn: string,
  source: { readonly account: string; readonly bucketArns: string },
): string =>
  policyDocument(
    {
      Sid: 'AccessLogsFromS3',
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: ['s3:PutObject'],
      Resource: `${bucketArn}/*`,
      Condition: {
        StringEquals: { 'aws:SourceAccount': source.account },
        ArnLike: { 'aws:SourceArn': source.bucketArns },
      },
    },
    ...onlyTls(bucketArn),
  );
