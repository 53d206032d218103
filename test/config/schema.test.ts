import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { publishedSchema } from '../../config/schema.ts';
import { feeds } from '../../etl/feeds.ts';

const published = async (): Promise<Record<string, unknown>> => {
  const file = new URL('../../docs/peaches.config.schema.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
};

test('the published JSON Schema is that of the code; `npm run schema` writes it', async () => {
  expect(await published()).toEqual(JSON.parse(JSON.stringify(publishedSchema(feeds))));
});

test('it completes the parameters of every feed, in common and for one environment', async () => {
  const { properties } = (await published()) as {
    properties: {
      feeds: { properties: Record<string, { properties: object }> };
      environments: { additionalProperties: { properties: { feeds: { properties: object } } } };
    };
  };
  for (const { name } of feeds) {
    expect(properties.feeds.properties).toHaveProperty(name);
    expect(properties.environments.additionalProperties.properties.feeds.properties).toHaveProperty(name);
  }
  expect(properties.feeds.properties['freewheel']?.properties).toHaveProperty('networkId');
});
