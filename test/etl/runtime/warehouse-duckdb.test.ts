import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbWarehouse } from '../../../etl/runtime/warehouse-duckdb.ts';
import { capacity, warehouseSuite } from './support/warehouse-suite.ts';
import { warehouseValuesSuite } from './support/warehouse-values-suite.ts';

const open = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'peaches-warehouse-'));
  const warehouse = new DuckDbWarehouse(join(dir, 'warehouse.duckdb'));
  return {
    warehouse,
    async remove() {
      await warehouse.close();
      await rm(dir, { recursive: true });
    },
  };
};

warehouseSuite('DuckDB', open);
warehouseValuesSuite('DuckDB', open);

describe('a warehouse file', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'peaches-warehouse-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  test('keeps its rows when it is closed', async () => {
    const file = join(dir, 'kept.duckdb');
    const first = new DuckDbWarehouse(file);
    await first.migrate([capacity]);
    const row = { date: '2026-02-28', id: 'a', breaks: 3n, share: null, seen: '2026-02-28T12:30:00.250Z' };
    await first.load([{ table: capacity, batch: '1', scope: {}, rows: [row] }]);
    await first.close();
    const second = new DuckDbWarehouse(file);
    expect(await second.query('SELECT * FROM capacity')).toEqual([
      {
        ...{ date: new Date('2026-02-28'), id: 'a', breaks: 3n, share: null },
        seen: new Date('2026-02-28T12:30:00.250Z'),
      },
    ]);
    await second.close();
  });

  test('that another process has open is busy', async () => {
    const file = join(dir, 'busy.duckdb');
    const holder = execa(
      process.execPath,
      [
        ...['--input-type=module', '-e'],
        `import { DuckDBInstance } from '@duckdb/node-api';
         await DuckDBInstance.create(process.argv[1]);
         console.log('open');
         setInterval(() => undefined, 1000);`,
        file,
      ],
      { reject: false },
    );
    try {
      await once(holder.stdout, 'data');
      const warehouse = new DuckDbWarehouse(file, { retries: 1, firstPauseMs: 1 });
      await expect(warehouse.query('SELECT 1')).rejects.toMatchObject({
        code: 'WAREHOUSE_BUSY',
        exitCode: 75,
      });
    } finally {
      holder.kill('SIGKILL');
      await holder;
    }
  });
});
