import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesById, rulesDocument } from './documentation.ts';

/** Writes docs/rules.md. */

const here = import.meta.dirname;
const file = join(here, '..', '..', 'docs', 'rules.md');
await writeFile(file, rulesDocument(filesById(await readdir(here))));
