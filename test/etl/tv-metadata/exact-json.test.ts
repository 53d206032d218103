import { describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import { parseExactly } from '../../../etl/tv-metadata/exact-json.ts';
import { textOf } from '../../../etl/tv-metadata/values.ts';

const LONG = '9007199254740993';

const textsOf = (element: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(element as object).map(([key, value]) => [key, textOf(value)]));

describe('an element with a number that a double does not hold', () => {
  test.each([
    ['its own', `{"a":${LONG},"b":1,"c":"1","d":true,"e":null}`],
    ['with blanks around it', `{ "a" : ${LONG} ,\n"b" :\t-1.50 }`],
    ['beside others with digits of their own', `{"a":${LONG},"b":1.0,"c":0.10,"d":1e3,"e":-0}`],
    ['beside lists and objects', `{"a":${LONG},"b":[1,2.5,{"c":3}],"d":{"e":[]}}`],
    ['in a list', `{"a":[${LONG}],"b":1}`],
    ['beside digits in a list', `{"a":${LONG},"b":[1.0]}`],
    ['beside texts that look like numbers and brackets', `{"a":${LONG},"b":"x: ${LONG}, \\"[{","c":"\\\\"}`],
    ['in a text alone', `{"a":"at ${LONG}","b":1}`],
    ['with an exponent', '{"a":1.5E400,"b":2}'],
  ])('keeps its digits: %s', (_what, text) => {
    expect(textsOf(parseExactly(text))).toEqual(textsOf(parse(text)));
  });

  test.each([
    `{"a":${LONG},"b":01}`,
    `{"a":0${LONG}}`,
    `{"a":${LONG}.}`,
    `{"a":${LONG},"b":tru}`,
    `{"a":${LONG},}`,
    `{"a":${LONG}`,
    `{${LONG}:1}`,
    `{ ${LONG} : 1 }`,
    `{"a":1 ${LONG}}`,
    `{"a":--${LONG}}`,
  ])('is refused where it is no JSON: %s', (text) => {
    expect(() => parseExactly(text)).toThrow(SyntaxError);
  });

  test('or is no object, as before', () => {
    expect(textOf(parseExactly(`[${LONG}]`))).toBe(`[${LONG}]`);
  });
});
