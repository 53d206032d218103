import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toyFeed, copy } from './support/toy-feed.ts';
import { openToyPlace, type ToyPlace } from './support/toy-place.ts';

const FILES: Readonly<Record<string, string>> = {
  a: '1\n2\n',
  b: '3\n\n',
  c: '40\n',
  d: 'BROKEN',
  e: '500\n',
};

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ arrives: fc.constantFrom(...Object.keys(FILES)) }) },
  { weight: 1, arbitrary: fc.record({ breaks: fc.constantFrom(...Object.keys(FILES)) }) },
  { weight: 2, arbitrary: fc.constant({ run: true } as const) },
);

const withToy = async <T>(use: (toy: ToyPlace) => Promise<T>): Promise<T> => {
  const toy = await openToyPlace();
  try {
    return await use(toy);
  } finally {
    await toy.remove();
  }
};

/** Units listed in another order, and some of them twice. */
const shuffled = toyFeed({
  copyCode: {
    units: async (context) => {
      const units = await copy.units(context);
      return [...units.toReversed(), ...units];
    },
  },
});

test('in whatever order files arrive, break and are run, the end is that of one run over all of them', async () => {
  const expected = await withToy(async (toy) => {
    for (const [name, text] of Object.entries(FILES)) await toy.input(name, text);
    await toy.run();
    return toy.contents('toy-data');
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      await withToy(async (toy) => {
        for (const next of steps) {
          if ('run' in next) await toy.run(shuffled);
          else if ('breaks' in next) await toy.input(next.breaks, 'BROKEN for now');
          else await toy.input(next.arrives, FILES[next.arrives] ?? '');
        }
        for (const [name, text] of Object.entries(FILES)) await toy.input(name, text);
        await toy.run();
        expect(await toy.contents('toy-data')).toEqual(expected);
      });
    }),
    { numRuns: 30 },
  );
});
