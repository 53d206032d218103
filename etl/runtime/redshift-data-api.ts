import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  ExecuteStatementCommand,
  GetStatementResultCommand,
  type Field,
  type RedshiftDataClient,
} from '@aws-sdk/client-redshift-data';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { failed, type PeachesError } from '../../errors/errors.ts';
import { withRetry } from './retry.ts';

const FIRST_POLL_MS = 250;
const LONGEST_POLL_MS = 5000;

type ResultRow = Readonly<Record<string, unknown>>;

const plainField = (field: Field): unknown =>
  field.isNull === true
    ? null
    : (field.stringValue ?? field.longValue ?? field.doubleValue ?? field.booleanValue ?? null);

/** Where statements run: a serverless workgroup or a cluster. */
export interface RedshiftTarget {
  readonly server: { readonly workgroup: string } | { readonly cluster: string };
  readonly database: string;
  /** Who runs them; absent: the caller's own IAM role. */
  readonly secretArn?: string;
}

/** Statements run through the Data API: no connection, no password. */
export class RedshiftDataApi {
  readonly #target: {
    readonly Database: string;
    readonly WorkgroupName?: string;
    readonly ClusterIdentifier?: string;
    readonly SecretArn?: string;
  };
  readonly #client: Pick<RedshiftDataClient, 'send'>;
  readonly #wait: (ms: number) => Promise<unknown>;

  constructor(
    { server, database, secretArn }: RedshiftTarget,
    client: Pick<RedshiftDataClient, 'send'>,
    wait = (ms: number): Promise<unknown> => sleep(ms),
  ) {
    this.#target = {
      Database: database,
      ...('workgroup' in server
        ? { WorkgroupName: server.workgroup }
        : { ClusterIdentifier: server.cluster }),
      ...(secretArn === undefined ? {} : { SecretArn: secretArn }),
    };
    this.#client = client;
    this.#wait = wait;
  }

  /**
   * Runs one statement outside any transaction. @returns its id
   * @throws WAREHOUSE_FAILED, WAREHOUSE_BUSY
   */
  async execute(sql: string): Promise<string> {
    const { Id = '' } = await withRetry(() =>
      this.#client.send(new ExecuteStatementCommand({ ...this.#target, Sql: sql })),
    );
    await this.#finished(Id);
    return Id;
  }

  /** @throws WAREHOUSE_FAILED, WAREHOUSE_BUSY */
  async query(sql: string): Promise<readonly ResultRow[]> {
    const Id = await this.execute(sql);
    const rows: ResultRow[] = [];
    let token: string | undefined;
    do {
      const NextToken = token;
      const page = await withRetry(() => this.#client.send(new GetStatementResultCommand({ Id, NextToken })));
      const names = (page.ColumnMetadata ?? []).map(({ name }) => name ?? '');
      for (const record of page.Records ?? []) {
        rows.push(Object.fromEntries(record.map((field, index) => [names[index] ?? '', plainField(field)])));
      }
      token = page.NextToken;
    } while (token !== undefined);
    return rows;
  }

  /**
   * Runs the statements in one transaction; a request that is repeated is taken once, by its token.
   * @throws WAREHOUSE_FAILED, WAREHOUSE_BUSY, or, when its end can't be learned, what stood in the way
   */
  async transact(statements: readonly string[]): Promise<void> {
    const request = { ...this.#target, Sqls: [...statements], ClientToken: randomUUID() };
    const { Id } = await withRetry(() => this.#client.send(new BatchExecuteStatementCommand(request)));
    await this.#finished(Id ?? '');
  }

  async #finished(id: string): Promise<void> {
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LONGEST_POLL_MS)) {
      const {
        Status,
        Error: why = '',
        SubStatements = [],
      } = await withRetry(() => this.#client.send(new DescribeStatementCommand({ Id: id })));
      if (Status === 'FINISHED') return;
      if (Status === 'FAILED' || Status === 'ABORTED') {
        throw statementError(
          why,
          Status,
          SubStatements.find((part) => part.Status === 'FAILED')?.QueryString,
        );
      }
      await this.#wait(pause);
    }
  }
}

/** Two transactions in each other's way: the loser may simply try again. */
const CONFLICT = /serializable isolation|1023|deadlock|concurrent|could not obtain lock|conflict/iu;

const statementError = (why: string, status: string, statement?: string): PeachesError =>
  failed({
    code: CONFLICT.test(why) ? 'WAREHOUSE_BUSY' : 'WAREHOUSE_FAILED',
    message: `Redshift ended the transaction as ${status}: ${why || 'no reason given'}`,
    hint: 'The table is as it was. Run again; if it fails again, mend what Redshift names.',
    details: { status, statement },
  });

/** Whether Redshift itself said that the transaction came to nothing. */
export const isStatementFailure = (error: unknown): error is PeachesError =>
  ['WAREHOUSE_FAILED', 'WAREHOUSE_BUSY'].includes((error as Partial<PeachesError>).code ?? '');
