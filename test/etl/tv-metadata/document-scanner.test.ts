import { describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import fc from 'fast-check';
import { fileURLToPath } from 'node:url';
import { DocumentScanner } from '../../../etl/tv-metadata/document-scanner.ts';

/** Elements and damaged places of a document that comes in chunks of that many bytes. */
const scan = (document: string | Buffer, step = 1 << 20): readonly string[] => {
  const told: string[] = [];
  const scanner = new DocumentScanner({
    member: (name) => void told.push(`${name}:`),
    element: (_array, bytes) => void told.push(bytes.toString()),
    damage: ({ reason, bytes, length }) => void told.push(`!${reason} ${length} ${bytes.toString()}`),
    isField: (_array, key) => ['a', 'b'].includes(key),
    isArray: (name) => ['events', 'titles'].includes(name),
  });
  const bytes = Buffer.from(document);
  for (let at = 0; at < bytes.length; at += step) scanner.push(bytes.subarray(at, at + step));
  const isClosed = scanner.end();
  return [...told, isClosed ? 'end' : 'no end'];
};

const DAMAGED: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a colon twice',
    '{"events":[{"a":1},{"a"::2},{"a":3}],"titles":[]}',
    ['events:', '{"a":1}', '!damaged 9 {"a"::2},', '{"a":3}', 'titles:', 'end'],
  ],
  [
    'a quote too few',
    '{"events":[{"a":1},{"a":"x},{"a":3}]}',
    ['events:', '{"a":1}', '!damaged 9 {"a":"x},', '{"a":3}', 'end'],
  ],
  [
    'an array around elements',
    '{"events":[[{"a":1}],"titles":[{"b":1}]}',
    ['events:', '!damaged 1 [', '{"a":1}', 'titles:', '{"b":1}', 'end'],
  ],
  [
    'no bracket at the end',
    '{"events":[{"a":1},{"a":2,{"a":3}]}',
    ['events:', '{"a":1}', '!damaged 7 {"a":2,', '{"a":3}', 'end'],
  ],
  ['no comma', '{"events":[{"a":1}{"a":2}]}', ['events:', '{"a":1}', '!damaged 0 ', '{"a":2}', 'end']],
  ['a second document', '{"events":[{"a":1}]}{"b":1}', ['events:', '{"a":1}', '!damaged 7 {"b":1}', 'end']],
  ['a bracket twice at the start', '{{"events":[{"a":1}]}', ['!damaged 1 {', 'events:', '{"a":1}', 'end']],
];

describe('DocumentScanner', () => {
  test.each(DAMAGED)(
    '%s: reading goes on at the next element, whatever the chunks',
    (_what, document, told) => {
      for (const step of [1 << 20, 1, 2, 3, 5, 7]) expect(scan(document, step)).toEqual(told);
    },
  );

  test('nested objects like an element are not taken for one where lines are indented', () => {
    const document = JSON.stringify(
      {
        events: [{ a: 1 }, { a: 2, b: [{ a: 'nested' }] }, { b: 3, events: [{ a: 9 }] }, { a: 4 }],
        titles: [{ a: 5 }],
      },
      undefined,
      2,
    ).replace('"a": 2', '"a": 2"');
    expect(
      scan(document)
        .filter((told) => !told.startsWith('!'))
        .map((told) => told.replaceAll(/\s/gu, '')),
    ).toEqual(['events:', '{"a":1}', '{"b":3,"events":[{"a":9}]}', '{"a":4}', 'titles:', '{"a":5}', 'end']);
  });

  test('any document is its elements, in chunks of any size', () => {
    const array = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), { maxLength: 5 });
    const indent = fc.constantFrom(0, 1, 2, 4);
    fc.assert(
      fc.property(array, array, indent, fc.integer({ min: 1, max: 40 }), (events, titles, spaces, step) => {
        const told = scan(JSON.stringify({ events, x: { events }, titles }, undefined, spaces), step);
        const elements = told.filter((text) => text.startsWith('{')).map((text): unknown => JSON.parse(text));
        expect(elements).toEqual(JSON.parse(JSON.stringify([...events, ...titles])));
        expect(told.filter((text) => text.startsWith('!'))).toEqual([]);
      }),
      { seed: 1 },
    );
  });

  test('any bytes come to an end, and every chunking tells the same', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      ' ',
      '\n',
      '1',
      '"a":1',
      '{"a":1},',
      '"events":[',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (pieces, step) => {
        const document = `{"events":[{"a":0},${pieces.join('')}`;
        expect(scan(document, step)).toEqual(scan(document));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test('a large document is split within a small heap (E21)', async () => {
    const script = fileURLToPath(new URL('support/split-large.ts', import.meta.url));
    const { stdout } = await execa(process.execPath, [
      '--max-old-space-size=48',
      '--import',
      'tsx',
      script,
      '128',
    ]);
    expect(JSON.parse(stdout)).toEqual({ rows: 128 * 1024, bytes: 128 * 1024 * 1024 });
  });
});
