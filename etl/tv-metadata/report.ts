import type { DocumentSplit } from './document-split.ts';
import { ARRAYS, isArrayName, REFERENCES, type ArrayName } from './tables.ts';

/** Rows of one table that refer to another which the document lacks; empty references are none. */
interface ReferenceReport {
  readonly reference: string;
  readonly orphans: number;
}

/** What a document came to, beside its rows. */
export interface RegionReport {
  readonly asOf: string;
  readonly date: string;
  readonly region: string;
  /** Elements and damaged places of the document. */
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rows: Readonly<Record<ArrayName, number>>;
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly bytesLost: number;
  readonly repairs: { readonly elements: number; readonly keys: number };
  /** Arrays that were expected, and first-level keys that were not. */
  readonly missingArrays: readonly string[];
  readonly unknownMembers: readonly string[];
  /** By `array.key` or `array.column`. */
  readonly unknownKeys: Readonly<Record<string, number>>;
  readonly unusableValues: Readonly<Record<string, number>>;
  readonly cutValues: Readonly<Record<string, number>>;
  readonly references: readonly ReferenceReport[];
}

/** Name of a region's report. */
export const reportName = (date: string, region: string): string =>
  `reports/date=${date}/region=${region}.json`;

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

export const reportOf = (
  split: DocumentSplit,
  heading: Pick<RegionReport, 'asOf' | 'date' | 'region'>,
): RegionReport => {
  const { counts, files, readers } = split;
  const gathered = (name: 'unknownKeys' | 'unusable' | 'cut'): Record<string, number> =>
    Object.fromEntries(
      ARRAYS.flatMap((array) =>
        [...readers[array].counts[name]].map(([key, count]) => [`${array}.${key}`, count]),
      ),
    );
  const rows = Object.fromEntries(ARRAYS.map((array) => [array, files[array].lines]));
  const orphans = split.orphans();
  return {
    ...heading,
    rowsIn: counts.rowsIn,
    rowsOut: sumOf(rows),
    rows: rows as Record<ArrayName, number>,
    rejected: counts.rejected,
    dropped: counts.dropped,
    bytesLost: counts.bytesLost,
    repairs: {
      elements: counts.repairedElements,
      keys: ARRAYS.reduce((sum, array) => sum + readers[array].counts.repairedKeys, 0),
    },
    missingArrays: ARRAYS.filter((array) => !counts.members.has(array)),
    unknownMembers: [...counts.members.keys()].filter((name) => !isArrayName(name)),
    unknownKeys: gathered('unknownKeys'),
    unusableValues: gathered('unusable'),
    cutValues: gathered('cut'),
    references: REFERENCES.map(({ from, column, to }, index) => ({
      reference: `${from}.${column} -> ${to}`,
      orphans: orphans[index] ?? 0,
    })),
  };
};

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .slice(0, 10)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

/** What a person should hear of a document that is not wholly as expected. */
export const notesOf = (report: RegionReport): readonly string[] => {
  const { region, repairs } = report;
  const orphans = report.references.filter((reference) => reference.orphans > 0);
  const notes: readonly (readonly [boolean, string])[] = [
    [report.missingArrays.length > 0, `has no ${report.missingArrays.join(', ')}`],
    [
      report.unknownMembers.length > 0,
      `has first-level members that nobody knows: ${report.unknownMembers.slice(0, 10).join(', ')}`,
    ],
    [Object.keys(report.unknownKeys).length > 0, `has keys without a column: ${listed(report.unknownKeys)}`],
    [
      Object.keys(report.unusableValues).length > 0,
      `has values that do not fit their column and are NULL now: ${listed(report.unusableValues)}`,
    ],
    [Object.keys(report.cutValues).length > 0, `has values that were cut: ${listed(report.cutValues)}`],
    [
      orphans.length > 0,
      `has rows whose parent is missing: ${orphans.map((one) => `${one.reference} ${one.orphans}`).join(', ')}`,
    ],
    [report.bytesLost > 0, `is damaged: ${report.bytesLost} bytes were lost`],
    [repairs.elements + repairs.keys > 0, `was repaired: ${repairs.elements} elements, ${repairs.keys} keys`],
  ];
  return notes.filter(([holds]) => holds).map(([, text]) => `The document of ${region} ${text}.`);
};
