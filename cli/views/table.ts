import Table from 'cli-table3';

/** Plain columns without frames, so that a table reads the same in a terminal, a log and a mail. */
export const tableOf = (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  /** Columns with figures, counted from 0. */
  right: readonly number[] = [],
): string => {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
      ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '' },
      middle: '  ',
    },
  });
  table.push(...rows.map((row) => row.map(String)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

/** `1,234,567` */
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `512 B`, `1.5 MB`. @param bytes at least 0 */
export const size = (bytes: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power] ?? ''}`;
};
