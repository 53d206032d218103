import { policyDocument } from './document.ts';
import { LIST_OBJECTS, objectsArn, READ_OBJECTS, type Prefix } from './stage.ts';

/** What a user of QuickSight is granted who builds on a data set, and changes neither it nor its source. */
export const BUILD_ON_DATA_SET = [
  'quicksight:DescribeDataSet',
  'quicksight:DescribeDataSetPermissions',
  'quicksight:DescribeIngestion',
  'quicksight:ListIngestions',
  'quicksight:PassDataSet',
];

export interface Reader {
  readonly region: string;
  readonly published: Prefix;
  readonly dataKeyArn: string;
}

/** What QuickSight may read of a feed. */
export const readerPolicy = ({ region, published, dataKeyArn }: Reader): string =>
  policyDocument(
    {
      Sid: 'ListPublished',
      Effect: 'Allow',
      Action: LIST_OBJECTS,
      Resource: published.bucketArn,
      Condition: { StringLike: { 's3:prefix': [`${published.prefix}*`] } },
    },
    { Sid: 'ReadPublished', Effect: 'Allow', Action: READ_OBJECTS, Resource: objectsArn(published) },
    {
      Sid: 'UseDataKey',
      Effect: 'Allow',
      Action: ['kms:Decrypt'],
      Resource: dataKeyArn,
      Condition: { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } },
    },
  );
