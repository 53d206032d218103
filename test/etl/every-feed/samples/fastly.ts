import { join } from 'node:path';
import { Aggregates } from '../../../../etl/fastly/aggregates.ts';
import { generateFastlyDay } from '../../../../examples/fastly-day.ts';
import type { FeedSample } from '../support/sample.ts';

const BUCKET = 'fastly-logs';
const folderOf = (date: string): string => `${BUCKET}/logs/${date.replaceAll('-', '/')}`;

const lineOf = (date: string, index: number): string => {
  const [year = '', month = '', day = ''] = date.split('-');
  return JSON.stringify({
    timestamp: `${month}/${day}/${year} 10:00:05.00 GMT`,
    initial_status: '200',
    url: `/linear/59/dist/acme-tv/720p/chunk_${index}.ts`,
    response_header_size: '512',
    response_body_size: String(1000 + index),
    client_request: '0',
  });
};

const sample: FeedSample = {
  generate: (store, date) =>
    generateFastlyDay({ folder: join(store, BUCKET), date, files: 2, requestsPerFile: 6, seed: 7 }),
  key: (date, n) => `${folderOf(date)}/10:00:00-${n}.log.gz`,
  copyKey: (date) => `${folderOf(date)}/10:00:00-copy.log.gz`,
  foreignKey: () => `${folderOf('2001-12-31')}/10:00:00-a.log.gz`,
  plain: (date, { from = 0, good, bad = 0 }) => {
    const lines = Array.from({ length: good + bad }, (_, index) =>
      index < good ? lineOf(date, from + index) : 'no record',
    );
    return Buffer.from(lines.map((line) => `${line}\n`).join(''));
  },
  loaded: 'SELECT sum(request_count)::INT AS rows FROM fastly_log_aggregated_metadata',
  policy: { copy: 'once', newVersion: 'replaces' },
  replacedByBroken: 'gone',
  empty: { nothing: 'good', noRows: 'good' },
  rowPath: [{ of: Aggregates.prototype, method: 'add', stage: 'aggregate' }],
};

export default sample;
