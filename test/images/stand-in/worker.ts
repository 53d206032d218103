/** A worker with what is hard to put into an image: a native module, a thread, a file that is read. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

process.on('SIGTERM', () => process.exit(0));
const [what] = process.argv.slice(2);
if (what === 'wait') {
  console.log('waiting');
  setInterval(() => undefined, 1000);
} else if (what === 'query') {
  const { query } = await import('./parts/query.ts');
  const sql = await readFile(new URL('./parts/answer.sql', import.meta.url), 'utf8');
  console.log(JSON.stringify({ answer: await query(sql), uid: process.getuid?.() }));
} else {
  const [said] = (await once(new Worker(new URL('./parts/thread.ts', import.meta.url)), 'message')) as [
    string,
  ];
  console.log(said);
}
