import { expect, test } from '@jest/globals';
import { canonicalJson } from '../../stacks/canonical-json.ts';

test('keys are in order, at every depth', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
});

test('nothing in a text looks like a template of Terraform, and every text comes back', () => {
  const texts = { sql: `-- \${name}\nSELECT 1 WHERE a LIKE '%{x}%' AND b = '$\${y}'`, plain: '$ { } %' };
  const json = canonicalJson(texts);
  expect(json).not.toMatch(/[$%]\{/u);
  expect(JSON.parse(json)).toEqual(texts);
});
