import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { failed, messageOf, type PeachesError } from '../../errors/errors.ts';
import { csvField } from './quicksight.ts';
import { QUICKSIGHT_COLUMNS } from './tables.ts';

/** Columns that say whose rule a line is. */
const PRINCIPALS: ReadonlySet<string> = new Set(['UserName', 'GroupName', 'UserARN', 'GroupARN']);

const LONGEST_FILE = 4 << 20;
const SHOWN_PROBLEMS = 20;

/** Row-level rules that QuickSight can take. */
export interface PermissionRules {
  /** The file as it is published. */
  readonly csv: string;
  readonly rules: number;
  /** Lines of rules that restrict nothing: whoever they name sees all. */
  readonly unrestricted: readonly number[];
}

interface Line {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

const invalid = (problems: readonly string[], cause?: unknown): PeachesError =>
  failed({
    code: 'PERMISSIONS_INVALID',
    message: `permission.csv can't be used: ${problems.slice(0, SHOWN_PROBLEMS).join('; ')}.`,
    hint: 'Mend the file and run the day again; the rules that were published before stay.',
    details: { problems },
    cause,
  });

const linesOf = (file: Buffer): readonly Line[] => {
  if (file.length > LONGEST_FILE) throw invalid([`it is longer than ${LONGEST_FILE} bytes`]);
  if (!isUtf8(file)) throw invalid(['it is not UTF-8']);
  try {
    return parse(file, { bom: true, info: true, skip_empty_lines: true }) as unknown as readonly Line[];
  } catch (error) {
    throw invalid([messageOf(error)], error);
  }
};

const headerProblems = (header: readonly string[]): readonly string[] => {
  const fields = header.filter((name) => !PRINCIPALS.has(name));
  return [
    ...(fields.length === header.length ? [`its header names none of ${[...PRINCIPALS].join(', ')}`] : []),
    ...(fields.length === 0 ? ['its header names no field to restrict'] : []),
    ...header.filter((name, index) => header.indexOf(name) < index).map((name) => `${name} is there twice`),
    ...fields
      .filter((name) => !QUICKSIGHT_COLUMNS.has(name))
      .map((name) => `${name} is no field of the data set`),
    ...fields
      .filter((name) => QUICKSIGHT_COLUMNS.get(name) === 'time')
      .map((name) => `${name} is a time, and rules restrict texts only`),
  ];
};

/** Values of one cell: QuickSight separates them by commas and takes blanks for part of them. */
const hasBlankEnd = (cell: string): boolean => cell.split(',').some((value) => value !== value.trim());
const hasEmptyValue = (cell: string): boolean => cell.includes(',') && cell.split(',').includes('');

const lineProblems = (header: readonly string[], { record, info }: Line): readonly string[] => {
  const where = `line ${info.lines}`;
  const named = record.some((cell, index) => PRINCIPALS.has(header[index] ?? '') && cell.trim() !== '');
  return [
    ...(named ? [] : [`${where} names nobody`]),
    ...header.flatMap((name, index) => {
      const cell = record[index] ?? '';
      if (hasBlankEnd(cell)) return [`${where} has a blank before or after a value of ${name}`];
      return hasEmptyValue(cell) ? [`${where} has an empty value among those of ${name}`] : [];
    }),
  ];
};

const repeated = (rules: readonly Line[]): readonly string[] => {
  const seen = new Set<string>();
  return rules.flatMap(({ record, info }) => {
    const key = JSON.stringify(record);
    const isRepeated = seen.has(key);
    seen.add(key);
    return isRepeated ? [`line ${info.lines} repeats an earlier one`] : [];
  });
};

/**
 * Checks a file of row-level rules: a header with a user or group and at least one field of the data set, a rule
 * a line. An empty field restricts nothing; several values stand in quotes with commas between them.
 * @param columns that the data set of rules has; any, where QuickSight is set up by somebody else
 * @throws PERMISSIONS_INVALID naming every problem with its line
 */
export const checkPermissions = (file: Buffer, columns?: readonly string[]): PermissionRules => {
  const [first, ...rules] = linesOf(file);
  if (first === undefined) throw invalid(['it is empty']);
  const header = first.record;
  const problems = [
    ...headerProblems(header),
    ...(columns === undefined || columns.join() === header.join()
      ? []
      : [`its header is not that of the parameter quicksightRules: ${columns.join(', ')}`]),
    ...(rules.length === 0 ? ['it holds no rule, so nobody would see anything'] : []),
    ...rules.flatMap((rule) => lineProblems(header, rule)),
    ...repeated(rules),
  ];
  if (problems.length > 0) throw invalid(problems);
  const isFree = ({ record }: Line): boolean =>
    record.every((cell, index) => PRINCIPALS.has(header[index] ?? '') || cell === '');
  const lines = [first, ...rules].map(({ record }) => record.map(csvField).join(','));
  return {
    csv: `${lines.join('\n')}\n`,
    rules: rules.length,
    unrestricted: rules.filter(isFree).map(({ info }) => info.lines),
  };
};
