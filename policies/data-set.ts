import { policyDocument } from './document.ts';
import { readBelow, type Prefix } from './objects.ts';
import { DECRYPT, useKey } from './use-key.ts';

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
    ...readBelow('Published', published),
    useKey('UseDataKey', DECRYPT, { keyArn: dataKeyArn, region }, 's3'),
  );
