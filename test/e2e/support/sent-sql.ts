import {
  DescribeStatementCommand,
  ListStatementsCommand,
  RedshiftDataClient,
} from '@aws-sdk/client-redshift-data';

/** What differs from run to run: batches, which hash their content, and folders of attempts. */
const PASSING: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{64}\b/g, '<batch>'],
  [/\/[0-9a-f]{16}\//g, '/<attempt>/'],
];

/** @returns the transactions that reached the emulator's Data API, oldest first, each with its statements */
export const sentSql = async (endpoint: string): Promise<readonly (readonly string[])[]> => {
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  const client = new RedshiftDataClient({ endpoint, region: 'us-east-1', credentials });
  try {
    const { Statements = [] } = await client.send(new ListStatementsCommand({}));
    const sent: string[][] = [];
    for (const { Id } of Statements.toReversed()) {
      const told = await client.send(new DescribeStatementCommand({ Id }));
      const texts = told.SubStatements?.map(({ QueryString = '' }) => QueryString) ?? [
        told.QueryString ?? '',
      ];
      sent.push(
        texts.map((text) => PASSING.reduce((so, [pattern, instead]) => so.replace(pattern, instead), text)),
      );
    }
    return sent;
  } finally {
    client.destroy();
  }
};
