import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  ExecuteStatementCommand,
  type Field,
  type GetStatementResultCommand,
} from '@aws-sdk/client-redshift-data';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import pLimit from 'p-limit';
import type { RedshiftDoors, RedshiftWiring } from '../../../../etl/runtime/warehouse-redshift.ts';
import { copiedRows, CopyError, parseCopy, type CopiedColumn } from './redshift-copy.ts';

/**
 * Redshift's Data API and the bucket that COPY reads, in this process: our own statements run in DuckDB,
 * COPY by the rules of redshift-copy.ts. A batch is one transaction; batches run one after the other, as
 * the lock with which each load begins makes them.
 */

const MOST_STATEMENTS = 40;
const MOST_STATEMENT_BYTES = 100_000;
const NOW = `(current_timestamp AT TIME ZONE 'UTC')::TIMESTAMP`;

export const wiring: RedshiftWiring = {
  ...{ kind: 'redshift', server: { workgroup: 'wg' }, database: 'db' },
  ...{ stagingBucket: 'staging', stagingPrefix: 'load/demo/' },
  copyRoleArn: 'arn:aws:iam::123456789012:role/copy',
};

/** What goes wrong with a batch; asked once a batch. */
export interface Faults {
  /** Redshift's word for why the transaction is rolled back. */
  readonly beforeCommit?: () => string | undefined;
  /** Thrown by every question about how the batch ended. */
  readonly afterEnd?: () => Error | undefined;
  /** Sees the bucket before COPY reads it. */
  readonly beforeCopy?: (objects: Map<string, Buffer>) => void;
}

interface Statement {
  readonly status: 'FINISHED' | 'FAILED';
  readonly error?: string;
  readonly failedSql?: string;
  readonly names: readonly string[];
  readonly records: readonly (readonly Field[])[];
  readonly lost?: Error | undefined;
}

const fieldOf = (value: unknown): Field => {
  if (value === null || value === undefined) return { isNull: true };
  if (typeof value === 'bigint' || Number.isInteger(value)) return { longValue: Number(value) };
  if (typeof value === 'number') return { doubleValue: value };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return { stringValue: value instanceof Date ? value.toISOString() : JSON.stringify(value) };
};

const translate = (sql: string): readonly string[] => {
  if (sql.startsWith('LOCK ')) return [];
  const drop = /^DROP TABLE (.+)$/u.exec(sql)?.[1];
  if (drop !== undefined) return drop.split(', ').map((table) => `DROP TABLE ${table}`);
  return [
    sql
      .replaceAll('dateadd(hour, -1, getdate())', `${NOW} - INTERVAL 1 HOUR`)
      .replaceAll('getdate()', NOW)
      .replaceAll('information_schema.columns', 'redshift_columns'),
  ];
};

const DDL = /^(?:CREATE (?<temp>TEMP )?TABLE|ALTER TABLE) (?<table>\S+) (?<columns>.+)$/u;
const COLUMN = /"(?<name>\w+)" (?<type>double precision|[a-z]+)(?:\((?<size>\d+)(?:,(?<scale>\d+))?\))?/gu;

const SHOWN: Readonly<Record<string, string>> = {
  varchar: 'character varying',
  decimal: 'numeric',
  timestamp: 'timestamp without time zone',
};

const columnsOf = (ddl: string): readonly CopiedColumn[] =>
  [...ddl.matchAll(COLUMN)].map(({ groups = {} }) => {
    const { name = '', type = '', size, scale } = groups;
    const dataType = SHOWN[type] ?? type;
    const number = (text: string | undefined) => (text === undefined ? null : Number(text));
    return {
      ...{ name, dataType, scale: number(scale) },
      length: dataType === 'character varying' ? number(size) : null,
      precision: dataType === 'numeric' ? number(size) : null,
    };
  });

/** A table's own name and its schema's. */
const namesOf = (table: string): [name: string, schema: string] => {
  const [name = '', schema = 'main'] = table.replaceAll('"', '').split('.').reverse();
  return [name, schema];
};

export class RedshiftEmulator {
  /** Objects of the staging bucket. */
  readonly objects = new Map<string, Buffer>();
  /** All objects that were ever put. */
  readonly everPut = new Map<string, Buffer>();
  /** Batches that arrived, as they were sent. */
  readonly batches: (readonly string[])[] = [];
  faults: Faults = {};
  readonly #one = pLimit(1);
  readonly #statements = new Map<string, Statement>();
  readonly #opened: Promise<{ readonly instance: DuckDBInstance; readonly connection: DuckDBConnection }>;

  constructor() {
    this.#opened = this.#open();
  }

  get doors(): RedshiftDoors {
    return {
      data: { send: (command: unknown) => this.#answer(command) } as RedshiftDoors['data'],
      staging: { send: (command: unknown) => this.#store(command) } as RedshiftDoors['staging'],
      wait: () => Promise.resolve(),
      patience: { retries: 2, firstPauseMs: 1, longestPauseMs: 1 },
    };
  }

  async close(): Promise<void> {
    const { instance, connection } = await this.#opened;
    connection.closeSync();
    instance.closeSync();
  }

  async #open() {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(`CREATE TABLE redshift_columns (table_schema VARCHAR, table_name VARCHAR,
      column_name VARCHAR, data_type VARCHAR, character_maximum_length INTEGER, numeric_precision INTEGER,
      numeric_scale INTEGER)`);
    await connection.run(`CREATE TABLE sys_load_error_detail (start_time TIMESTAMP, file_name VARCHAR,
      line_number BIGINT, column_name VARCHAR, error_message VARCHAR)`);
    return { instance, connection };
  }

  #store(command: unknown): Promise<unknown> {
    if (command instanceof PutObjectCommand) {
      const body = Buffer.from(command.input.Body as Uint8Array);
      this.objects.set(command.input.Key ?? '', body);
      this.everPut.set(command.input.Key ?? '', body);
    }
    if (command instanceof DeleteObjectCommand) this.objects.delete(command.input.Key ?? '');
    return Promise.resolve({});
  }

  async #answer(command: unknown): Promise<unknown> {
    if (command instanceof BatchExecuteStatementCommand) {
      const { Sqls = [] } = command.input;
      this.batches.push(Sqls);
      return { Id: await this.#one(() => this.#transact(Sqls)) };
    }
    if (command instanceof ExecuteStatementCommand) {
      return { Id: await this.#one(() => this.#transact([command.input.Sql ?? ''], {})) };
    }
    const { Id = '' } = (command as DescribeStatementCommand | GetStatementResultCommand).input;
    const { status, error, failedSql, names, records, lost } = this.#statements.get(Id) ?? {
      ...{ status: 'FAILED' as const, error: 'no such statement', names: [], records: [] },
    };
    if (lost !== undefined) throw lost;
    return command instanceof DescribeStatementCommand
      ? {
          ...{ Status: status, Error: error },
          SubStatements: failedSql === undefined ? [] : [{ Status: 'FAILED', QueryString: failedSql }],
        }
      : { ColumnMetadata: names.map((name) => ({ name })), Records: records };
  }

  async #transact(statements: readonly string[], faults = this.faults): Promise<string> {
    const id = String(this.#statements.size + 1);
    const { connection } = await this.#opened;
    let at = '';
    await connection.run('BEGIN');
    try {
      if (statements.length > MOST_STATEMENTS) throw new Error('Sqls has more than 40 members');
      let result: Pick<Statement, 'names' | 'records'> = { names: [], records: [] };
      for (const sql of statements) {
        at = sql;
        if (Buffer.byteLength(sql) > MOST_STATEMENT_BYTES) throw new Error('Cannot exceed 100 KB');
        result = await this.#execute(connection, sql, faults);
      }
      const refused = faults.beforeCommit?.();
      if (refused !== undefined) throw new Error(refused);
      await connection.run('COMMIT');
      this.#statements.set(id, { ...result, status: 'FINISHED', lost: faults.afterEnd?.() });
    } catch (error) {
      await connection.run('ROLLBACK');
      if (error instanceof CopyError && error.row !== undefined) {
        const { file, line, column } = error.row;
        await connection.run(`INSERT INTO sys_load_error_detail VALUES (${NOW}, $1, $2, $3, $4)`, [
          ...[file, line, column, error.message],
        ]);
      }
      const outcome = {
        status: 'FAILED',
        error: `ERROR: ${(error as Error).message}`,
        failedSql: at,
      } as const;
      this.#statements.set(id, { ...outcome, names: [], records: [], lost: faults.afterEnd?.() });
    }
    return id;
  }

  async #execute(connection: DuckDBConnection, sql: string, faults: Faults) {
    if (sql.startsWith('COPY ')) {
      faults.beforeCopy?.(this.objects);
      await this.#copy(connection, sql);
    }
    const parts = sql.startsWith('COPY ') ? [] : translate(sql);
    let result: Pick<Statement, 'names' | 'records'> = { names: [], records: [] };
    for (const part of parts) {
      const reader = await connection.runAndReadAll(part);
      const rows = reader.getRowsJS();
      const quotient = rows[0]?.[0];
      if (part.startsWith('SELECT 1 / (') && quotient !== 1) throw new Error('Divide by zero');
      result = { names: reader.columnNames(), records: rows.map((row) => row.map(fieldOf)) };
    }
    await this.#remember(connection, sql);
    return result;
  }

  /** Keeps what DuckDB forgets about columns: their widths. */
  async #remember(connection: DuckDBConnection, sql: string): Promise<void> {
    const { table, columns } = DDL.exec(sql)?.groups ?? {};
    if (table === undefined || columns === undefined) return;
    const [name, schema] = namesOf(table);
    await connection.run(
      `DELETE FROM redshift_columns WHERE table_name = $1 AND table_name LIKE 'peaches_staging%'`,
      [name],
    );
    for (const { name: column, dataType, length, precision, scale } of columnsOf(columns)) {
      await connection.run('INSERT INTO redshift_columns VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        ...[schema, name, column, dataType, length, precision, scale],
      ]);
    }
  }

  async #copy(connection: DuckDBConnection, sql: string): Promise<void> {
    const statement = parseCopy(sql);
    const known = await connection.runAndReadAll(
      `SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale
       FROM redshift_columns WHERE table_name = $1 AND table_schema = $2`,
      namesOf(statement.table),
    );
    const columns = known.getRowsJS().map(([name, dataType, length, precision, scale]) => ({
      ...{ name: name as string, dataType: dataType as string, length: length as number | null },
      ...{ precision: precision as number | null, scale: scale as number | null },
    }));
    const names = statement.columns.map((name) => `"${name}"`).join(', ');
    const values = statement.columns.map((_name, index) => `$${index + 1}`).join(', ');
    const insert = `INSERT INTO ${statement.table} (${names}) VALUES (${values})`;
    for (const row of copiedRows(statement, columns, this.objects)) await connection.run(insert, [...row]);
  }
}
