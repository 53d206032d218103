import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  ExecuteStatementCommand,
  type GetStatementResultCommand,
} from '@aws-sdk/client-redshift-data';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { gunzipSync } from 'node:zlib';
import { RedshiftWarehouse } from '../../../etl/runtime/warehouse-redshift.ts';
import type { Load } from '../../../etl/runtime/warehouse.ts';
import { capacity } from './support/warehouse-suite.ts';

/**
 * The emulator runs no SQL and has no batches. This stands in for the Data API: it plays the end of each
 * transaction, and answers the question for the load's manifest row.
 */
interface Script {
  /** How the transaction ends; `lost` = committed, but the answers never come. */
  readonly end: 'FINISHED' | 'lost' | { readonly error: string; readonly statement?: string };
  /** Whether the manifest row is there, asked before and after. */
  readonly known: readonly boolean[];
}

const MANIFEST_ROW: readonly (readonly [string, Record<string, string | number>])[] = [
  ['table_name', { stringValue: 'capacity' }],
  ['scope', { stringValue: '{"date":"2026-02-28"}' }],
  ['batch', { stringValue: 'b1' }],
  ['row_count', { longValue: 2 }],
  ['added_count', { longValue: 2 }],
];

const redshift = ({ end, known }: Script) => {
  const batches: BatchExecuteStatementCommand['input'][] = [];
  const objects = new Map<string, Buffer>();
  const everPut = new Map<string, Buffer>();
  const asked = [...known];
  const answers = new Map<string, readonly Record<string, string | number>[][]>();
  let ids = 0;
  const data = {
    send: (command: unknown) => {
      const id = String((ids += 1));
      if (command instanceof BatchExecuteStatementCommand) {
        batches.push(command.input);
        return Promise.resolve({ Id: `batch-${id}` });
      }
      if (command instanceof ExecuteStatementCommand) {
        const about = command.input.Sql?.includes('peaches_loads') === true && asked.shift() === true;
        answers.set(id, about ? [MANIFEST_ROW.map(([, field]) => field)] : []);
        return Promise.resolve({ Id: id });
      }
      const { Id = '' } = (command as DescribeStatementCommand | GetStatementResultCommand).input;
      if (!(command instanceof DescribeStatementCommand)) {
        return Promise.resolve({
          ColumnMetadata: MANIFEST_ROW.map(([name]) => ({ name })),
          Records: answers.get(Id) ?? [],
        });
      }
      if (!Id.startsWith('batch')) return Promise.resolve({ Status: 'FINISHED' });
      if (end === 'lost') return Promise.reject(new Error('the line is dead'));
      return Promise.resolve(
        end === 'FINISHED'
          ? { Status: end }
          : {
              ...{ Status: 'FAILED', Error: end.error },
              SubStatements: [{ Status: 'FAILED', QueryString: end.statement ?? '' }],
            },
      );
    },
  };
  const staging = {
    send: (command: unknown) => {
      if (command instanceof PutObjectCommand) {
        const body = Buffer.from(command.input.Body as Uint8Array);
        objects.set(command.input.Key ?? '', body);
        everPut.set(command.input.Key ?? '', body);
      }
      if (command instanceof DeleteObjectCommand) objects.delete(command.input.Key ?? '');
      return Promise.resolve({});
    },
  };
  const warehouse = new RedshiftWarehouse(
    {
      ...{ kind: 'redshift', server: { workgroup: 'wg' }, database: 'db' },
      ...{ stagingBucket: 'staging', stagingPrefix: 'load/demo/' },
      copyRoleArn: 'arn:aws:iam::123456789012:role/copy',
    },
    { data, staging, wait: () => Promise.resolve(), patience: { retries: 0 } },
  );
  return { warehouse, batches, objects, everPut };
};

const load: Load = {
  ...{ table: capacity, batch: 'b1', scope: { date: '2026-02-28' } },
  rows: [
    {
      ...{ date: '2026-02-28', id: `a'"`, breaks: 9007199254740993n, share: 0.5 },
      seen: new Date('2026-02-28T12:00:00Z'),
    },
    { date: '2026-02-28', id: 'b', breaks: 1, share: null, seen: null },
  ],
};

describe('a load into Redshift', () => {
  test('stages the rows, lists them as mandatory, runs one transaction and cleans up', async () => {
    const { warehouse, batches, objects, everPut } = redshift({ end: 'FINISHED', known: [false] });
    expect(await warehouse.load([load])).toEqual([{ loaded: true, rows: 2, added: 2 }]);
    const [part, manifest] = [...everPut.values()];
    expect(gunzipSync(part!).toString()).toBe(
      `{"peaches_row":1,"date":"2026-02-28","id":"a'\\"","breaks":"9007199254740993","share":"0.5","seen":"2026-02-28 12:00:00.000000"}\n` +
        `{"peaches_row":2,"date":"2026-02-28","id":"b","breaks":"1","share":null,"seen":null}\n`,
    );
    expect(JSON.parse(manifest!.toString())).toEqual({
      entries: [{ url: `s3://staging/${[...everPut.keys()][0]!}`, mandatory: true }],
    });
    expect(batches).toHaveLength(1);
    expect(objects.size).toBe(0);
  });

  test('of a batch that is there does nothing and says so', async () => {
    const { warehouse, batches } = redshift({ end: 'FINISHED', known: [true] });
    expect(await warehouse.load([load])).toEqual([{ loaded: false, rows: 2, added: 2 }]);
    expect(batches).toEqual([]);
  });

  test('whose answer was lost is settled by its manifest row', async () => {
    const committed = redshift({ end: 'lost', known: [false, true] });
    expect(await committed.warehouse.load([load])).toEqual([{ loaded: true, rows: 2, added: 2 }]);
    const rolledBack = redshift({ end: 'lost', known: [false, false] });
    await expect(rolledBack.warehouse.load([load])).rejects.toThrow('the line is dead');
    expect(rolledBack.objects.size).toBe(0);
  });

  test('that another loader was faster with is a no-op', async () => {
    const { warehouse } = redshift({ end: { error: 'ERROR: divide by zero' }, known: [false, true] });
    expect(await warehouse.load([load])).toEqual([{ loaded: false, rows: 2, added: 2 }]);
  });

  test.each([
    ['1023 serializable isolation violation', undefined, 'WAREHOUSE_BUSY'],
    ['ERROR: divide by zero', 'SELECT 1 / x AS "keys_are_unique" FROM y', 'KEY_NOT_UNIQUE'],
    ['ERROR: divide by zero', 'SELECT 1 / x AS "all_rows_came" FROM y', 'WAREHOUSE_FAILED'],
    ['ERROR: Disk Full', undefined, 'WAREHOUSE_FAILED'],
  ])('that ends with %s in %s is told as %s', async (error, statement, code) => {
    const end = { error, ...(statement !== undefined && { statement }) };
    const { warehouse, objects } = redshift({ end, known: [false, false] });
    await expect(warehouse.load([load])).rejects.toMatchObject({ code });
    expect(objects.size).toBe(0);
  });
});
