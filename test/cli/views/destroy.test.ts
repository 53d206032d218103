import { expect, test } from '@jest/globals';
import { keptText } from '../../../cli/views/destroy.ts';

const holder = { kind: 'bucket', name: 'acme-dev-fastly-data', items: 1, bytes: 6, more: false } as const;

test('what was kept goes by the call that is named, for the stacks that were', () => {
  const dev = { name: 'dev', deleteData: false };
  expect(keptText(dev, [holder], 8, ['fastly'])).toContain('`peaches destroy fastly --delete-data`');
  expect(keptText(dev, [holder], 8, [])).toContain(
    'set "deleteData" to true for dev in the configuration, then `peaches destroy --delete-data`',
  );
  expect(keptText(dev, [], 0, [])).toBe('');
});
