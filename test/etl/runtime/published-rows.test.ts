import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { batchLine, batchRows } from '../../../etl/cms-lite/batch-file.ts';
import type { ReadHandle } from '../../../etl/runtime/handles.ts';
import { jsonRows } from '../../../etl/runtime/json-rows.ts';
import { publishedRows, type RowForm } from '../../../etl/runtime/published-rows.ts';
import { DuckDbWarehouse } from '../../../etl/runtime/warehouse-duckdb.ts';
import type { Load, Scope } from '../../../etl/runtime/warehouse.ts';
import type { TableDeclaration } from '../../../etl/table.ts';

const table: TableDeclaration = {
  name: 'things',
  columns: {
    id: 'bigint',
    text: 'varchar(400)',
    day: 'date',
    seen: 'timestamp',
    share: 'double',
    price: 'decimal(6,2)',
    good: 'boolean',
  },
  key: ['id'],
};

type Thing = Readonly<Record<string, string | number | boolean | null>>;

const thing = (id: number | string, more: Thing = {}): Thing => ({
  ...{ id, text: 'a', day: '2026-01-15', seen: '2026-01-15 10:00:00.25', share: 0.1, price: '9.50' },
  ...{ good: true, ...more },
});

const TEXTS = [
  ...[
    'a|b',
    '"',
    '""',
    '"a"|',
    'a\nb',
    'a\r\nb',
    '\r',
    ' ',
    ' a ',
    '\\',
    '\\n',
    '\\N',
    'NULL',
    'null',
    '-',
    '#',
  ],
  ...[
    "'",
    ';',
    ',',
    '\t',
    '\u0001',
    'ä€',
    '👩‍👩‍👧',
    '\u{10ffff}',
    '\ufeff',
    '\u2028',
    '\u0085',
    '{}',
    '$1',
    '%s',
  ],
];
const GOOD: readonly Thing[] = [
  ...TEXTS.map((text, id) => thing(id, { text })),
  thing('9223372036854775807', { text: null, day: null, seen: null, share: null, price: null, good: null }),
  thing(100, { day: '0001-01-01', seen: '9999-12-31 23:59:59.999999', share: -1.5e-300, price: '-0.01' }),
  thing(101, { seen: '2026-01-15T10:00:00.000Z', price: '1234.5', good: false }),
];

const FORMS: Readonly<
  Record<string, { readonly form: RowForm; readonly fileOf: (things: readonly Thing[]) => string }>
> = {
  json: {
    form: jsonRows,
    fileOf: (things) => things.map((one) => `${JSON.stringify(one)}\n`).join(''),
  },
  csv: {
    form: batchRows,
    fileOf: (things) =>
      [
        Object.keys(table.columns),
        ...things.map((one) => Object.values(one).map((cell) => String(cell ?? ''))),
      ]
        .map((cells) => `${batchLine(cells)}\n`)
        .join(''),
  },
};

let dir: string;
let warehouse: DuckDbWarehouse;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peaches-published-'));
  warehouse = new DuckDbWarehouse(join(dir, 'warehouse.duckdb'));
  await warehouse.migrate([table]);
});
afterAll(async () => {
  await warehouse.close();
  await rm(dir, { recursive: true });
});

const handle = {
  open: (name: string) => Promise.resolve(createReadStream(join(dir, name))),
  asFile: (name: string) => Promise.resolve(join(dir, name)),
} as unknown as ReadHandle;

let loads = 0;
const load = (rows: Load['rows'], scope: Scope = {}, expected?: number) =>
  warehouse.load([
    {
      ...{ table, scope, rows, batch: String((loads += 1)) },
      ...(expected !== undefined && { expected: () => expected }),
    },
  ]);

const loaded = () => warehouse.query('SELECT * FROM things ORDER BY id');

describe.each(Object.entries(FORMS))('rows published as %s', (kind, { form, fileOf }) => {
  const put = async (things: readonly Thing[], name = `things.${kind}`) => {
    await writeFile(join(dir, name), name.endsWith('.gz') ? gzipSync(fileOf(things)) : fileOf(things));
    return publishedRows(handle, [name], table, form);
  };

  test('are the same, read from their files or row by row', async () => {
    const rows = await put(GOOD);
    await load({ [Symbol.asyncIterator]: () => rows[Symbol.asyncIterator]() }, {}, GOOD.length);
    const byRow = await loaded();
    expect(byRow.map(({ text }) => text)).toEqual(
      expect.arrayContaining(TEXTS.filter((text) => text !== '\ufeff')),
    );
    await load(rows, {}, GOOD.length);
    expect(await loaded()).toEqual(byRow);
    await load(await put(GOOD, `things.${kind}.gz`), {}, GOOD.length);
    expect(await loaded()).toEqual(byRow);
  });

  test.each<[string, Thing]>([
    ['text is no varchar(400)', { text: 'é'.repeat(201) }],
    ['text is no varchar(400)', { text: 'a\0b' }],
    ['id is no bigint', { id: '1.5' }],
    ['id is no bigint', { id: '9223372036854775808' }],
    ['id is part of the key and empty', { id: null }],
    ['day is no date', { day: '2026-02-30' }],
    ['day is no date', { day: '10000-01-01' }],
    ['seen is no timestamp', { seen: 'infinity' }],
    ['seen is no timestamp', { seen: '2026-02-28 24:00:01' }],
    ['share is no double', { share: 'NaN' }],
    ['price is no decimal(6,2)', { price: '1.005' }],
    ['price is no decimal(6,2)', { price: '10000' }],
    ['good is no boolean', { good: 'perhaps' }],
    ["day is outside the load's scope", { day: '2026-01-16' }],
    ["day is outside the load's scope", { day: null }],
  ])('are refused: %s', async (why, wrong) => {
    const before = await loaded();
    const rows = await put([thing(1), thing(2, wrong)]);
    const error = await load(rows, { day: '2026-01-15' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'LOAD_INVALID' });
    expect(String(error)).toContain(why);
    expect(await loaded()).toEqual(before);
  });

  test('that repeat a key, are too few or no rows at all leave everything as it was', async () => {
    const before = await loaded();
    await expect(load(await put([thing(1), thing(1)]))).rejects.toMatchObject({ code: 'KEY_NOT_UNIQUE' });
    await expect(load(await put([thing(1)]), {}, 2)).rejects.toMatchObject({
      ...{ code: 'RECONCILIATION_BROKEN' },
    });
    const rows = await put([]);
    await writeFile(join(dir, `things.${kind}`), `${fileOf([thing(1)])}{"id": "secret|\n`);
    const error = await load(rows).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'LOAD_INVALID' });
    expect(String(error)).not.toContain('secret');
    expect(await loaded()).toEqual(before);
  });

  test('lie in several files, in a folder of any name', async () => {
    const names = [`it's [1] ${kind}-a`, `it's [1] ${kind}-b`];
    const plain = names.map((name) => name.replaceAll(/[[\]]/g, ''));
    for (const [at, name] of [...names, ...plain].entries())
      await writeFile(join(dir, name), fileOf([thing(at)]));
    for (const some of [names, plain]) {
      const [result] = await load(publishedRows(handle, some, table, form));
      expect(result).toMatchObject({ rows: 2 });
    }
    expect((await loaded()).map(({ id }) => id)).toEqual([2n, 3n]);
  });
});

test('rows of the longest texts are loaded with more memory than others', async () => {
  const wide: TableDeclaration = {
    name: 'wide',
    columns: {
      id: 'bigint',
      a: 'varchar(65535)',
      b: 'varchar(65535)',
      c: 'varchar(65535)',
      d: 'varchar(65535)',
    },
    key: ['id'],
  };
  await warehouse.migrate([wide]);
  const long = (id: number) =>
    Array.from({ length: 1000 }, (_, at) => ((id * at * 7919) % 36).toString(36))
      .join('')
      .repeat(65);
  const lines = Array.from({ length: 500 }, (_, id) => {
    const text = long(id);
    return `${JSON.stringify({ id, a: text, b: `b${text}`, c: `c${text}`, d: `d${text}` })}\n`;
  });
  await writeFile(join(dir, 'wide.json'), lines.join(''));
  const rows = publishedRows(handle, ['wide.json'], wide, jsonRows);
  await warehouse.load([{ table: wide, batch: '1', scope: {}, rows, expected: () => 500 }]);
  expect(await warehouse.query('SELECT count(*) AS n, sum(strlen(d))::BIGINT AS bytes FROM wide')).toEqual([
    { n: 500n, bytes: 500n * 65_001n },
  ]);
});
