import { failed } from '../../errors/errors.ts';
import { labelOf, type TableDeclaration } from '../table.ts';
import { literal, typeOf } from './redshift-sql.ts';
import { identifier, LOADS, plainScope, scopeText, tableName } from './table-rows.ts';
import type { Load } from './warehouse.ts';

/** Statements that one transaction of the Data API holds. */
const MOST_STATEMENTS = 40;

/** The column of a staging table that keeps the order of the rows: COPY reads its files side by side. */
export const ROW_NUMBER = 'peaches_row';

const MANIFEST = identifier(LOADS.name);

/** Rows of a load that lie in S3, and where. */
export interface StagedLoad {
  readonly load: Load;
  /** `s3://bucket/key` of the manifest; every file in it is mandatory. */
  readonly manifestUrl: string;
  readonly rows: number;
  /** Values of each column that are not null. */
  readonly values: Readonly<Record<string, number>>;
}

/** A literal inside COPY, which takes no expressions. @throws COPY_SOURCE_INVALID */
const copyLiteral = (text: string): string => {
  if (/^[\w:/.=+@,-]+$/u.test(text)) return `'${text}'`;
  throw failed({
    code: 'COPY_SOURCE_INVALID',
    message: `${JSON.stringify(text)} cannot be named in a COPY.`,
    hint: 'Use letters, digits and -_./:=+@, in names of buckets, roles and batches.',
    details: { text },
  });
};

const columnsOf = (table: TableDeclaration): string => Object.keys(table.columns).map(identifier).join(', ');

const keyOf = (table: TableDeclaration): string => table.key.map(identifier).join(', ');

const isOf = (load: Load): string =>
  `table_name = ${literal(labelOf(load.table))} AND scope = ${literal(scopeText(load))}`;

const isBatch = (load: Load): string => `(${isOf(load)} AND batch = ${literal(load.batch)})`;

/** Manifest rows of these very batches, as far as they are what the tables hold now. */
export const findLoads = (loads: readonly Load[]): string =>
  `SELECT table_name, scope, batch, row_count, added_count FROM ${MANIFEST} WHERE ${loads.map(isBatch).join(' OR ')}`;

/** Counts of one query, and what each must be. */
interface Count {
  readonly from: string;
  readonly expected: readonly (readonly [count: string, expected: number])[];
}

/** A statement that fails, and with it the transaction, unless all counts are what they must be. */
const assertCounts = (what: string, counts: readonly Count[]): string => {
  const all = counts.flatMap(({ expected }, at) =>
    expected.map(([, wanted], column) => `c${at}.n${column} = ${wanted}`),
  );
  const queries = counts.map(({ from, expected }, at) => {
    const columns = expected.map(([count], column) => `count(${count}) AS n${column}`).join(', ');
    return `(SELECT ${columns} FROM ${from}) AS c${at}`;
  });
  return `SELECT 1 / (CASE WHEN ${all.join(' AND ')} THEN 1 ELSE 0 END) AS ${identifier(what)} FROM ${queries.join(', ')}`;
};

const none = (from: string): Count => ({ from, expected: [['*', 0]] });

interface Staging extends StagedLoad {
  /** Where COPY puts the rows. */
  readonly staging: string;
}

/** Nothing is to be found out about rows that replace a whole table without a key: COPY fills it straight. */
const isWhole = ({ mode, table, scope }: Load): boolean =>
  mode !== 'add' && table.key.length === 0 && Object.keys(scope).length === 0;

const createStaging = ({ staging, load: { table } }: Staging): string => {
  const columns = Object.entries(table.columns).map(([name, type]) => `${identifier(name)} ${typeOf(type)}`);
  return `CREATE TEMP TABLE ${staging} (${[`${identifier(ROW_NUMBER)} bigint`, ...columns].join(', ')})`;
};

const copy = ({ staging, load, manifestUrl }: Staging, roleArn: string): string =>
  `COPY ${staging} (${isWhole(load) ? '' : `${identifier(ROW_NUMBER)}, `}${columnsOf(load.table)}) FROM ${copyLiteral(manifestUrl)} IAM_ROLE ${copyLiteral(roleArn)} MANIFEST FORMAT AS JSON 'auto' GZIP DATEFORMAT 'YYYY-MM-DD' TIMEFORMAT 'auto' MAXERROR 0 COMPUPDATE OFF STATUPDATE OFF`;

/** Also the values that are not null are counted, so that none of them was taken for NULL. */
const cameOf = ({ staging, rows, values }: Staging): Count => ({
  from: staging,
  expected: [
    ['*', rows],
    ...Object.entries(values).map(([column, count]) => [identifier(column), count] as const),
  ],
});

const sameKey = (table: TableDeclaration, a: string, b: string): string =>
  table.key.map((column) => `${a}.${identifier(column)} = ${b}.${identifier(column)}`).join(' AND ');

const repeatedIn = ({ staging, load: { table } }: Staging): Count =>
  none(`(SELECT ${keyOf(table)} FROM ${staging} GROUP BY ${keyOf(table)} HAVING count(*) > 1) AS repeated`);

/** Keys that are in the table, whose scope is empty by now, or in another load for it. */
const takenOf = ({ staging, load: { table } }: Staging, others: readonly Staging[]): readonly Count[] =>
  [
    tableName(table),
    ...others.filter((other) => labelOf(other.load.table) === labelOf(table)).map((other) => other.staging),
  ].map((other) => none(`${staging} AS s JOIN ${other} AS t ON ${sameKey(table, 's', 't')}`));

const inScope = (load: Load): string => {
  const conditions = Object.entries(plainScope(load)).map(([column, value]) => {
    const name = identifier(column);
    return typeof value === 'string'
      ? `${name} = ${literal(value)}`
      : `${name} >= ${literal(value.from)} AND ${name} < ${literal(value.before)}`;
  });
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
};

const insert = ({ staging, load: { table } }: Staging): string =>
  `INSERT INTO ${tableName(table)} (${columnsOf(table)}) SELECT ${columnsOf(table)} FROM ${staging}`;

/** Leaves out what is there already, in the batch or in the table, and adds the rest. */
const add = (staged: Staging): readonly string[] => {
  const { staging, load } = staged;
  const { table } = load;
  if (table.key.length === 0) return [insert(staged)];
  const row = identifier(ROW_NUMBER);
  return [
    `DELETE FROM ${staging} WHERE ${row} NOT IN (SELECT min(${row}) FROM ${staging} GROUP BY ${keyOf(table)})`,
    `DELETE FROM ${staging} USING ${tableName(table)} AS t WHERE ${sameKey(table, 't', staging)}`,
    insert(staged),
  ];
};

const manifestRow = ({ load, rows, staging }: Staging): string =>
  `SELECT ${[labelOf(load.table), scopeText(load), load.batch].map(literal).join(', ')}, ${rows}, count(*), getdate() FROM ${staging}`;

const loading = (staged: readonly StagedLoad[], roleArn: string): readonly string[] => {
  const all = staged.map((one, index): Staging => {
    const { load } = one;
    return { ...one, staging: isWhole(load) ? tableName(load.table) : `peaches_staging_${index + 1}` };
  });
  const temporary = all.filter(({ load }) => !isWhole(load));
  const replaced = all.filter(({ load }) => load.mode !== 'add');
  const replacing = temporary.filter(({ load }) => load.mode !== 'add');
  const adding = all.filter(({ load }) => load.mode === 'add');
  const keyed = replacing.filter(({ load }) => load.table.key.length > 0);
  const batches = all.map(({ load }) => isBatch(load)).join(' OR ');
  return [
    `LOCK ${MANIFEST}`,
    assertCounts('not_loaded_yet', [none(`${MANIFEST} WHERE ${batches}`)]),
    ...all.flatMap((one) => [
      isWhole(one.load) ? `DELETE FROM ${one.staging}` : createStaging(one),
      copy(one, roleArn),
    ]),
    assertCounts('all_rows_came', all.map(cameOf)),
    ...(keyed.length > 0 ? [assertCounts('keys_are_unique', keyed.map(repeatedIn))] : []),
    ...replacing.map(({ load }) => `DELETE FROM ${tableName(load.table)}${inScope(load)}`),
    ...(keyed.length > 0
      ? [
          assertCounts(
            'keys_are_free',
            keyed.flatMap((one, at) => takenOf(one, keyed.slice(at + 1))),
          ),
        ]
      : []),
    ...replacing.map(insert),
    ...adding.flatMap(add),
    ...(replaced.length > 0
      ? [`DELETE FROM ${MANIFEST} WHERE ${replaced.map(({ load }) => `(${isOf(load)})`).join(' OR ')}`]
      : []),
    `INSERT INTO ${MANIFEST} (table_name, scope, batch, row_count, added_count, loaded_at) ${all.map(manifestRow).join(' UNION ALL ')}`,
    ...(temporary.length > 0 ? [`DROP TABLE ${temporary.map(({ staging }) => staging).join(', ')}`] : []),
  ];
};

/**
 * How many statements a transaction has too many for the Data API.
 * @param after statements that end it
 * @returns 0 where it fits
 */
export const statementsTooMany = (loads: readonly Load[], after: readonly string[]): number => {
  const staged = loads.map((load) => ({ load, manifestUrl: 's3://bucket/key', rows: 0, values: {} }));
  return Math.max(0, loading(staged, 'role').length + after.length - MOST_STATEMENTS);
};

/**
 * Loads as the statements of one transaction. The lock comes first, so that of two loaders the second sees
 * what the first has committed; it then fails at `not_loaded_yet`.
 * @param after statements that end the transaction
 * @throws LOAD_TOO_LARGE when they are more than the Data API takes, COPY_SOURCE_INVALID, TABLE_INVALID
 */
export const loadStatements = (
  staged: readonly StagedLoad[],
  roleArn: string,
  after: readonly string[] = [],
): readonly string[] => {
  const statements = [...loading(staged, roleArn), ...after];
  if (statements.length <= MOST_STATEMENTS) return statements;
  throw failed({
    code: 'LOAD_TOO_LARGE',
    message: `Loading ${staged.length} tables at once takes ${statements.length} statements; Redshift's Data API holds ${MOST_STATEMENTS} in one transaction.`,
    hint: 'Load fewer tables in one transaction, or end it with fewer statements.',
    details: { statements: statements.length, tables: staged.map(({ load }) => labelOf(load.table)) },
  });
};

/** Whether a statement of a load is one that makes sure of its keys. */
export const isKeyCheck = (statement: string): boolean => /AS "keys_are_/u.test(statement);

/** What COPY could not read from the files below these folders, newest first. */
export const findCopyErrors = (folders: readonly string[]): string =>
  `SELECT file_name, line_number, column_name, error_message FROM sys_load_error_detail WHERE start_time > dateadd(hour, -1, getdate()) AND (${folders.map((folder) => `file_name LIKE ${literal(`${folder}%`)}`).join(' OR ')}) ORDER BY start_time DESC LIMIT 20`;
