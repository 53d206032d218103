import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Secrets } from '../../../../etl/runtime/secrets.ts';

/** What every source of secrets must do. @param open a source with `toy-api` = {token: 's3cret'} and no `toy-none` */
export const secretsSuite = (
  name: string,
  open: () => Promise<{ readonly secrets: Secrets; readonly remove: () => Promise<void> }>,
): void => {
  describe(name, () => {
    let secrets: Secrets;
    let remove: () => Promise<void>;
    beforeAll(async () => {
      ({ secrets, remove } = await open());
    });
    afterAll(() => remove());

    test('gives the fields of a secret', async () => {
      expect(await secrets.get('toy', 'api')).toEqual({ token: 's3cret' });
    });

    test('gives nothing when nobody set a value', async () => {
      expect(await secrets.get('toy', 'none')).toBeUndefined();
      expect(await secrets.get('other', 'api')).toBeUndefined();
    });
  });
};
