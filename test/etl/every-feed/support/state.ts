import { gunzipSync } from 'node:zlib';
import { aliasOf, tablesOf, type FeedDeclaration } from '../../../../etl/feed.ts';
import { labelOf } from '../../../../etl/table.ts';
import type { FeedFolder } from '../../support/feed-folder.ts';

/** What a feed has left for others. */
export interface FeedState {
  /** Content of the objects in its buckets by path, without the times at which they were written. */
  readonly objects: Readonly<Record<string, string>>;
  /** Rows of each table, in an order of their own. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
}

const contentOf = (bytes: Buffer): string => {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  return plain.toString('latin1').replaceAll(/"asOf": ?"[^"]*"/g, '"asOf":""');
};

/** A row is told as JSON, so that those of all tables come with one question. */
const rowsOf = (label: string): string =>
  `SELECT '${label}' AS label, to_json(t)::VARCHAR AS row FROM ${label} AS t`;

export const stateOf = async (
  feed: FeedDeclaration,
  params: unknown,
  folder: FeedFolder,
): Promise<FeedState> => {
  const objects: Record<string, string> = {};
  for (const bucket of Object.keys(feed.buckets).map((name) => `${aliasOf(feed.name, name)}/`)) {
    for (const name of await folder.files(bucket))
      objects[bucket + name] = contentOf(await folder.bytes(bucket + name));
  }
  const declared = Object.values(feed.stages).flatMap((stage) => tablesOf(feed, stage, params));
  const labels = [...new Set(declared.map(labelOf))];
  const tables = Object.fromEntries(labels.map((label) => [label, [] as string[]]));
  const rows =
    labels.length === 0 ? [] : await folder.query(`${labels.map(rowsOf).join(' UNION ALL ')} ORDER BY ALL`);
  for (const { label, row } of rows) tables[String(label)]?.push(String(row));
  return { objects, tables };
};
