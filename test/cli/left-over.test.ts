import { expect, test } from '@jest/globals';
import { leftOverOf } from '../../cli/left-over.ts';

const stack = (name: string) => ({
  name,
  stackName: `acme-dev-${name}`,
  folder: '/nonexistent',
  dependsOn: [],
});

test('left over is what stands and the configuration has no more', () => {
  const standing = new Map([
    ['foundation', 48],
    ['fastly', 54],
  ]);
  expect(leftOverOf(standing, [stack('foundation'), stack('freewheel')])).toEqual([
    { stack: 'fastly', resources: 54 },
  ]);
  expect(leftOverOf(standing, [stack('foundation'), stack('fastly')])).toEqual([]);
});
