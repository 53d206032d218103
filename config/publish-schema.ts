import { writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { feeds } from '../etl/feeds.ts';
import { publishedSchema } from './schema.ts';

/** Writes docs/peaches.config.schema.json, which editors complete the configuration by. */
const file = new URL('../docs/peaches.config.schema.json', import.meta.url);
await writeFile(
  file,
  await format(JSON.stringify(publishedSchema(feeds)), { parser: 'json', printWidth: 110 }),
);
