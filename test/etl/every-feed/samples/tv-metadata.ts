import { join } from 'node:path';
import { LineFile } from '../../../../etl/runtime/line-file.ts';
import { documentKey, generateTvMetadataDay } from '../../../../examples/tv-metadata-day.ts';
import { documentOf } from '../../tv-metadata/support/folder.ts';
import type { FeedSample } from '../support/sample.ts';

const BUCKET = 'tv-metadata-source';
/** Those of the generated day, and one for each delivery. */
const GENERATED = ['be'];
const regionOf = (n: number): string => `r${n}`;

const sample: FeedSample = {
  params: { regions: [...GENERATED, ...Array.from({ length: 9 }, (_, index) => regionOf(index + 1))] },
  generate: (store, date) =>
    generateTvMetadataDay({
      ...{ folder: join(store, BUCKET), date, regions: GENERATED },
      ...{ titles: 2, seed: 7, faults: 0.005 },
    }),
  key: (date, n) => `${BUCKET}/${documentKey(date, regionOf(n))}`,
  copyKey: (date) => `${BUCKET}/copies/${documentKey(date, regionOf(1))}`,
  foreignKey: () => `${BUCKET}/${documentKey('1999-12-31', regionOf(1))}`,
  plain: (_date, { from = 0, good, bad = 0 }) => {
    const titles = Array.from({ length: good + bad }, (_, index) => ({
      titleId: index < good ? `t${from + index}` : null,
    }));
    return Buffer.from(documentOf({ titles }));
  },
  loaded: 'SELECT count(*)::INT AS rows FROM tv_aug_titles_metadata',
  policy: { copy: 'once', newVersion: 'replaces' },
  replacedByBroken: 'gone',
  empty: { nothing: 'not-tv-metadata', noRows: 'good' },
  rowPath: [{ of: LineFile.prototype, method: 'add', stage: 'split' }],
  loadedBy: 'region',
};

export default sample;
