import { scriptStatements } from '../runtime/sql-script.ts';
import { identifier, tableName } from '../runtime/table-rows.ts';
import type { UtcDate } from '../runtime/stage.ts';
import { fileSpecs, MARKS, type FileSpec } from './file-spec.ts';
import type { CmsLiteParams } from './param-shape.ts';

const [added, removed, status] = [MARKS.added, MARKS.removed, MARKS.status].map(({ name }) =>
  identifier(name),
);

/**
 * Statements that turn the rows of the archive just added, `new`, into what the table keeps, `old`: one row a
 * key. Rows that the archive has not are dated as removed; those it has again take its values.
 * Source: the SQL of the program before, for its product list.
 */
const keepRows = ({ table, key }: FileSpec, date: UtcDate): readonly string[] => {
  const [name, by] = [tableName(table), identifier(key.name)];
  const marks: readonly string[] = Object.values(MARKS).map((mark) => mark.name);
  const values = Object.keys(table.columns)
    .filter((column) => column !== key.name && !marks.includes(column))
    .map(identifier);
  const keys = (which: string): string => `SELECT ${by} FROM ${name} WHERE ${status} = '${which}'`;
  const taken = [...values.map((column) => `${column} = n.${column}`), `${removed} = NULL`].join(', ');
  const again = `SELECT ${[by, ...values].join(', ')} FROM ${name} WHERE ${status} = 'new'`;
  return [
    `SELECT CAST(CASE WHEN count(*) = 0 THEN '0' ELSE '${key.name} repeats in ${table.name}' END AS bigint) FROM (${keys('new')} GROUP BY ${by} HAVING count(*) > 1) AS repeated`,
    `UPDATE ${name} SET ${removed} = '${date}' WHERE ${status} = 'old' AND ${removed} IS NULL AND ${by} NOT IN (${keys('new')})`,
    `UPDATE ${name} AS t SET ${taken} FROM (${again}) AS n WHERE t.${by} = n.${by} AND t.${status} = 'old'`,
    `UPDATE ${name} SET ${added} = '${date}', ${status} = 'old' WHERE ${status} = 'new' AND ${by} NOT IN (${keys('old')})`,
    `DELETE FROM ${name} WHERE ${status} = 'new'`,
  ];
};

/** What ends the transaction of a load: the SQL of the parameters, or else what keeps rows. */
export const followUpOf = (params: CmsLiteParams, date: UtcDate): readonly string[] =>
  params.sql_query === undefined
    ? fileSpecs(params)
        .filter(({ keepsRows }) => keepsRows)
        .flatMap((spec) => keepRows(spec, date))
    : scriptStatements(params.sql_query);
