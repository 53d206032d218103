import { describe, expect, test } from '@jest/globals';
import { findFeed, feeds } from '../../../etl/feeds.ts';
import { freewheel } from '../../../etl/freewheel/feed.ts';

const params = freewheel.params.parse({ networkId: '171213' });

describe('the declaration', () => {
  test('is in the register', () => {
    expect(findFeed('freewheel')).toBe(freewheel);
    expect(feeds).toContain(freewheel);
    expect(() => findFeed('freewheeel')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_FEED', hint: expect.stringContaining('freewheel') }),
    );
  });

  test('fills in all parameters but the network id', () => {
    expect(params).toEqual({
      networkId: '171213',
      classes: ['preroll', 'midroll', 'overlay'],
      lookbackDays: 3,
      rawFormat: 'gzip',
      apiUrl: 'https://api.freewheel.tv',
    });
    expect(freewheel.params.parse({ networkId: '1', classes: [' MidRoll '] })).toMatchObject({
      classes: ['midroll'],
    });
  });

  test.each([
    {},
    { networkId: 171213 },
    { networkId: '' },
    { networkId: '17a' },
    { networkId: '1', classes: [] },
    { networkId: '1', classes: ['midroll', 'MIDROLL'] },
    { networkId: '1', classes: ['../x'] },
    { networkId: '1', lookbackDays: -1 },
    { networkId: '1', rawFormat: 'zip' },
    { networkId: '1', unknown: 1 },
  ])('refuses %j', (value) => {
    expect(freewheel.params.safeParse(value).success).toBe(false);
  });

  test('reads one prefix of one bucket, under one role', () => {
    expect(Object.values(freewheel.external ?? {}).map((external) => external.bucket)).toEqual([
      'fw-prod-v4logs',
    ]);
    expect(freewheel.external?.['v4logs']?.prefix(params)).toBe('171213/v4logs/');
    expect(freewheel.external?.['v4logs']?.assumeRole?.(params)).toBe(
      'arn:aws:iam::265086463190:role/171213-V4LogAccess-role',
    );
  });

  test('looks back over the days that late files may come for, and one day ahead', () => {
    expect(freewheel.window?.(params)).toEqual({ back: 3, ahead: 1 });
  });

  test('runs its stages in the order of their data, names before they are needed', () => {
    const stages = Object.keys(freewheel.stages);
    expect(stages).toEqual(['extract', 'slots', 'ids', 'filter', 'by-item', 'load']);
  });

  test('only one stage sees the secret, and none writes the partner’s bucket', () => {
    const stages = Object.entries(freewheel.stages);
    expect(stages.filter(([, { secrets }]) => secrets?.includes('api')).map(([name]) => name)).toEqual([
      'ids',
    ]);
    const written = stages.flatMap(([, { writes }]) => writes ?? []);
    expect(written.filter((path) => path.startsWith('v4logs'))).toEqual([]);
  });
});
