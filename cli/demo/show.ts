import { wiringOf } from '../../config/wiring.ts';
import { openAwsPlace } from '../../etl/runtime/places/aws.ts';
import type { Style } from '../output.ts';
import type { Project } from '../project.ts';
import { tableOf, whole } from '../views/table.ts';
import type { DemoFeed, Reading, ShownTable } from './demo-feed.ts';

type Value = string | number | null;

/** A table with its rows, whose values are those of the query. */
export interface FilledTable extends Omit<ShownTable, 'sql'> {
  readonly rows: readonly Readonly<Record<string, Value>>[];
}

/** A sum that Redshift gives as text is a number all the same. */
const valueOf = (value: unknown, reading: Reading): Value => {
  if (value === null || value === undefined) return null;
  return reading === 'text' ? (value as string) : Number(value);
};

/** Asks the environment's warehouse. */
export const filledTables = async (
  { environment }: Project,
  { feed, tables }: Pick<DemoFeed, 'feed' | 'tables'>,
): Promise<readonly FilledTable[]> => {
  const place = await openAwsPlace(wiringOf(environment, feed), feed);
  try {
    const filled: FilledTable[] = [];
    for (const { title, columns, sql } of tables) {
      const rows = (await place.warehouse?.query(sql)) ?? [];
      const read = rows.map((row) =>
        Object.fromEntries(
          Object.entries(columns).map(([name, reading]) => [name, valueOf(row[name], reading)]),
        ),
      );
      filled.push({ title, columns, rows: read });
    }
    return filled;
  } finally {
    await place.close();
  }
};

/** What has no value stays empty. */
const cellOf = (value: Value, reading: Reading): string => {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return reading === 'share' ? `${(value * 100).toFixed(1)} %` : whole(value);
};

export const filledText = ({ title, columns, rows }: FilledTable, style: Style): string => {
  const readings = Object.entries(columns);
  return [
    style('bold', title),
    tableOf(
      readings.map(([name]) => name.replaceAll('_', ' ')),
      rows.map((row) => readings.map(([name, reading]) => cellOf(row[name] ?? null, reading))),
      readings.flatMap(([, reading], index) => (reading === 'text' ? [] : [index])),
    ),
  ].join('\n');
};
