import { join } from 'node:path';
import { SlotReader } from '../../../../etl/freewheel/slot-reader.ts';
import { generateFreewheelDay } from '../../../../examples/freewheel-day.ts';
import { NETWORK } from '../../freewheel/support/day.ts';
import { csv, slot, type Row } from '../../freewheel/support/log.ts';
import type { FeedSample, Rows } from '../support/sample.ts';

const BUCKET = 'fw-prod-v4logs';
const folderOf = (date: string): string => `${BUCKET}/${NETWORK}/v4logs/${date}`;

const rowsOf = ({ from = 0, good, bad = 0 }: Rows): readonly Row[] =>
  Array.from({ length: good + bad }, (_, index) =>
    slot({ TransactionId: `T${from + index}`, ...(index >= good && { MaxAds: 'many' }) }),
  );

const sample: FeedSample = {
  params: { networkId: NETWORK },
  generate: (store, date) =>
    generateFreewheelDay({
      ...{ folder: join(store, BUCKET), date, networkId: NETWORK },
      ...{ files: 2, megabytesPerFile: 0.01, seed: 7 },
    }),
  key: (date, n) => `${folderOf(date)}/file-${n}.csv.gz`,
  copyKey: (date) => `${folderOf(date)}/copy.csv.gz`,
  foreignKey: () => `${folderOf('1999-12-31')}/a.csv.gz`,
  plain: (_date, rows) => Buffer.from(csv(rowsOf(rows))),
  loaded: `SELECT sum(breaks)::INT AS rows FROM freewheel_capacity WHERE dimension = 'series'`,
  policy: { copy: 'once', newVersion: 'replaces' },
  replacedByBroken: 'gone',
  empty: { nothing: 'empty-file', noRows: 'good' },
  rowPath: [{ of: SlotReader.prototype, method: 'row', stage: 'slots' }],
};

export default sample;
