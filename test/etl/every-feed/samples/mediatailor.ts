import { join } from 'node:path';
import { LineFile } from '../../../../etl/runtime/line-file.ts';
import { generateMediatailorDay } from '../../../../examples/mediatailor-day.ts';
import { envelope, logEvent, TABLE } from '../../mediatailor/support/day.ts';
import type { FeedSample } from '../support/sample.ts';

const BUCKET = 'mediatailor-logs';
const hourOf = (date: string): string => `${BUCKET}/${date.replaceAll('-', '/')}/10`;

const sample: FeedSample = {
  generate: (store, date) =>
    generateMediatailorDay({ folder: join(store, BUCKET), date, objects: 2, eventsPerObject: 6, seed: 7 }),
  key: (date, n) => `${hourOf(date)}/object-${n}`,
  copyKey: (date) => `${hourOf(date)}/copy`,
  foreignKey: () => `${hourOf('1999-12-31')}/object`,
  plain: (date, { from = 0, good, bad = 0 }) => {
    const events = Array.from({ length: good + bad }, (_, index) =>
      logEvent({
        id: `event-${from + index}`,
        timestamp: Date.parse(`${date}T10:00:01Z`),
        ...(index >= good && { message: 'no JSON' }),
      }),
    );
    return Buffer.from(envelope(events));
  },
  loaded: `SELECT count(*)::INT AS rows FROM ${TABLE}`,
  policy: { copy: 'once', newVersion: 'replaces' },
  replacedByBroken: 'gone',
  empty: { nothing: 'good', noRows: 'good' },
  rowPath: [
    { of: LineFile.prototype, method: 'add', stage: 'flatten' },
    { of: LineFile.prototype, method: 'add', stage: 'load' },
  ],
};

export default sample;
