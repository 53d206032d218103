import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  ExecuteStatementCommand,
  GetStatementResultCommand,
  type Field,
  type RedshiftDataClient,
} from '@aws-sdk/client-redshift-data';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { failed, type PeachesError } from '../../errors/errors.ts';
import type { TableDeclaration } from '../table.ts';
import * as sql from './redshift-sql.ts';
import { withRetry } from './retry.ts';
import { incompatible, keyTaken, LOADS, plainRows, type PlainCell } from './table-rows.ts';
import type { Load, LoadResult, Warehouse } from './warehouse.ts';
import type { Wiring } from './wiring.ts';

const FIRST_POLL_MS = 250;
const LONGEST_POLL_MS = 5000;
const PART_BYTES = 16 << 20;

const compress = promisify(gzip);

export type RedshiftWiring = Extract<Wiring['warehouse'], { readonly kind: 'redshift' }>;

/** What of the AWS clients is used. */
export interface RedshiftDoors {
  readonly data: Pick<RedshiftDataClient, 'send'>;
  readonly staging: Pick<S3Client, 'send'>;
  readonly wait?: (ms: number) => Promise<unknown>;
}

type Row = Readonly<Record<string, unknown>>;

const plainField = (field: Field): unknown =>
  field.isNull === true
    ? null
    : (field.stringValue ?? field.longValue ?? field.doubleValue ?? field.booleanValue ?? null);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Tables in Redshift Serverless, through the Data API: no connection, no password. Rows are staged in S3
 * and loaded with COPY by manifest; all statements of a load are one transaction.
 */
export class RedshiftWarehouse implements Warehouse {
  readonly #wiring: RedshiftWiring;
  readonly #doors: RedshiftDoors;

  constructor(wiring: RedshiftWiring, doors: RedshiftDoors) {
    this.#wiring = wiring;
    this.#doors = doors;
  }

  /** @throws TABLE_INCOMPATIBLE, WAREHOUSE_FAILED, WAREHOUSE_BUSY */
  async migrate(tables: readonly TableDeclaration[]): Promise<void> {
    for (const table of [LOADS, ...tables]) {
      await this.#run([sql.createTable(table)]);
      const present = new Map(
        (await this.query(sql.describeTable(table))).map((row) => [
          text(row['column_name']),
          text(row['shown_type']),
        ]),
      );
      for (const [column, type] of Object.entries(table.columns)) {
        const has = present.get(column);
        const wanted = sql.shownType(type);
        if (has === undefined) await this.#run([sql.addColumn(table, column, type)]);
        else if (has !== wanted) throw incompatible(table.name, column, has, wanted);
      }
    }
  }

  /**
   * Whatever becomes of the answer, the manifest of loads tells whether the transaction was committed.
   * @throws LOAD_INVALID, KEY_NOT_UNIQUE, WAREHOUSE_FAILED, WAREHOUSE_BUSY; the table is then as it was
   */
  async load(load: Load): Promise<LoadResult> {
    const known = await this.#known(load);
    if (known !== undefined) return { loaded: false, rows: known };
    const staged = await this.#stage(load);
    try {
      await this.#run(sql.loadStatements(load, { ...staged, roleArn: this.#wiring.copyRoleArn }));
      return { loaded: true, rows: staged.rows };
    } catch (error) {
      const committed = await this.#known(load);
      if (committed !== undefined) return { loaded: isUnsettled(error), rows: committed };
      throw await this.#explained(error, load, staged.manifestUrl);
    } finally {
      for (const key of staged.keys) {
        await this.#doors.staging.send(
          new DeleteObjectCommand({ Bucket: this.#wiring.stagingBucket, Key: key }),
        );
      }
    }
  }

  async query(statement: string): Promise<readonly Row[]> {
    const { workgroup, database } = this.#wiring;
    const { Id } = await withRetry(() =>
      this.#doors.data.send(
        new ExecuteStatementCommand({ WorkgroupName: workgroup, Database: database, Sql: statement }),
      ),
    );
    await this.#finished(Id ?? '');
    const rows: Row[] = [];
    let token: string | undefined;
    do {
      const NextToken = token;
      const page = await withRetry(() =>
        this.#doors.data.send(new GetStatementResultCommand({ Id, NextToken })),
      );
      const names = (page.ColumnMetadata ?? []).map(({ name }) => name ?? '');
      for (const record of page.Records ?? []) {
        rows.push(Object.fromEntries(record.map((field, index) => [names[index] ?? '', plainField(field)])));
      }
      token = page.NextToken;
    } while (token !== undefined);
    return rows;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #known(load: Load): Promise<number | undefined> {
    const [row] = await this.query(sql.findLoad(load));
    return row === undefined ? undefined : Number(row['row_count']);
  }

  /** Runs the statements in one transaction; a request that is repeated is taken once, by its token. */
  async #run(statements: readonly string[]): Promise<void> {
    const { workgroup, database } = this.#wiring;
    const request = {
      ...{ WorkgroupName: workgroup, Database: database, Sqls: [...statements] },
      ClientToken: randomUUID(),
    };
    const { Id } = await withRetry(() => this.#doors.data.send(new BatchExecuteStatementCommand(request)));
    await this.#finished(Id ?? '');
  }

  /** @throws WAREHOUSE_FAILED, WAREHOUSE_BUSY, or, when its end can't be learned, what stood in the way */
  async #finished(id: string): Promise<void> {
    const wait = this.#doors.wait ?? ((ms: number) => sleep(ms));
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LONGEST_POLL_MS)) {
      const {
        Status,
        Error: why = '',
        SubStatements = [],
      } = await withRetry(() => this.#doors.data.send(new DescribeStatementCommand({ Id: id })));
      if (Status === 'FINISHED') return;
      if (Status === 'FAILED' || Status === 'ABORTED') {
        throw statementError(
          why,
          Status,
          SubStatements.find((part) => part.Status === 'FAILED')?.QueryString,
        );
      }
      await wait(pause);
    }
  }

  /** Rows as gzip JSON lines in parts, and the manifest that lists them. */
  async #stage(load: Load) {
    const names = Object.keys(load.table.columns);
    const attempt = createHash('sha256').update(`${load.batch} ${randomUUID()}`).digest('hex').slice(0, 16);
    const folder = `${load.table.name}/${attempt}/`;
    const keys: string[] = [];
    let rows = 0;
    let lines: string[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      const key = `${folder}part-${String(keys.length).padStart(5, '0')}.json.gz`;
      await this.#put(key, await compress(lines.join('')));
      keys.push(key);
      lines = [];
      bytes = 0;
    };
    for await (const row of plainRows(load)) {
      const line = jsonLine(names, row);
      lines.push(line);
      bytes += line.length;
      rows += 1;
      if (bytes >= PART_BYTES) await flush();
    }
    if (lines.length > 0 || keys.length === 0) await flush();
    const manifest = `${folder}manifest.json`;
    const url = (key: string): string => `s3://${this.#wiring.stagingBucket}/${key}`;
    await this.#put(
      manifest,
      JSON.stringify({ entries: keys.map((key) => ({ url: url(key), mandatory: true })) }),
    );
    return { rows, manifestUrl: url(manifest), keys: [...keys, manifest] };
  }

  async #put(key: string, body: string | Buffer): Promise<void> {
    await this.#doors.staging.send(
      new PutObjectCommand({ Bucket: this.#wiring.stagingBucket, Key: key, Body: body }),
    );
  }

  async #explained(error: unknown, load: Load, manifestUrl: string): Promise<unknown> {
    if (!isStatementFailure(error)) return error;
    const { statement } = error.details as { readonly statement?: string };
    if (statement !== undefined && sql.isKeyCheck(statement)) return keyTaken(load.table, error);
    const rows = await this.query(sql.findCopyErrors(manifestUrl)).catch(() => []);
    return rows.length === 0
      ? error
      : failed({
          code: error.code,
          message: error.message,
          ...(error.hint !== undefined && { hint: error.hint }),
          details: { rows },
          cause: error,
        });
  }
}

/** COPY reads no bare `NaN` and no number beyond 2^53: whole numbers go as their digits. */
const jsonLine = (names: readonly string[], row: readonly PlainCell[]): string => {
  const cells = names.map((name, index) => {
    const cell = row[index] ?? null;
    return `${JSON.stringify(name)}:${typeof cell === 'bigint' ? cell.toString() : JSON.stringify(cell)}`;
  });
  return `{${cells.join(',')}}\n`;
};

/** Two transactions in each other's way: the loser may simply try again. */
const CONFLICT = /serializable isolation|1023|deadlock|concurrent|could not obtain lock|conflict/iu;

const statementError = (why: string, status: string, statement?: string): PeachesError =>
  failed({
    code: CONFLICT.test(why) ? 'WAREHOUSE_BUSY' : 'WAREHOUSE_FAILED',
    message: `Redshift ended the transaction as ${status}: ${why || 'no reason given'}`,
    hint: 'The table is as it was. Run again; if it fails again, mend what Redshift names.',
    details: { status, statement },
  });

const isStatementFailure = (error: unknown): error is PeachesError =>
  ['WAREHOUSE_FAILED', 'WAREHOUSE_BUSY'].includes((error as Partial<PeachesError>).code ?? '');

/** The transaction's end was never told, so a commit that is found is this load's own. */
const isUnsettled = (error: unknown): boolean => !isStatementFailure(error);
