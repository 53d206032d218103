import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DocumentSplit } from '../../../../etl/tv-metadata/document-split.ts';

/** Splits an invented document of so many MiB, elements of 1 KiB, and prints what it came to. */
const megabytes = Number(process.argv[2]);

let bytes = 0;
async function* document(): AsyncGenerator<Buffer> {
  yield Buffer.from('{"events": [');
  for (let block = 0; block < megabytes; block++) {
    const elements = Array.from({ length: 1024 }, (_, index) => {
      const start = `{"eventId":"${block}-${index}","audioMixType":"`;
      return `${start}${'x'.repeat(1021 - start.length)}"}${block + 1 === megabytes && index === 1023 ? ' ' : ','}`;
    });
    const chunk = Buffer.from(elements.join(''));
    bytes += chunk.length;
    yield chunk;
    await Promise.resolve();
  }
  yield Buffer.from(']}');
}

const folder = await mkdtemp(join(tmpdir(), 'split-large-'));
const params = { sentinels: false, repair: false, maxRepairs: 0 };
const split = new DocumentSplit({ name: 'large', region: 'be', date: '2021-03-01', params, folder });
try {
  await split.run(document(), new AbortController().signal);
  console.log(JSON.stringify({ rows: split.files.events.lines, bytes }));
} finally {
  await split.discard();
  await rm(folder, { recursive: true });
}
