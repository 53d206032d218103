/** A worker with what is hard to put into an image: a native module, a thread, a file that is read. */
import { once } from 'node:events';
import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const may = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );

/** Who we are to AWS; needs no network where nobody says who we are. */
const caller = async (): Promise<string | undefined> => {
  if (process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] === undefined) return undefined;
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  return (await new STSClient().send(new GetCallerIdentityCommand())).Arn;
};

process.on('SIGTERM', () => {
  console.log('ending');
  process.exit(0);
});
const [what = ''] = process.argv.slice(2);
switch (what.split('.').at(-1)) {
  case 'wait':
    console.log('waiting');
    setInterval(() => undefined, 1000);
    break;
  case 'query': {
    const { query } = await import('./parts/query.ts');
    console.log(await query(await readFile(new URL('./parts/answer.sql', import.meta.url), 'utf8')));
    break;
  }
  case 'thread': {
    const [said] = (await once(new Worker(new URL('./parts/thread.ts', import.meta.url)), 'message')) as [
      string,
    ];
    console.log(said);
    break;
  }
  case 'rights':
    await writeFile(join(tmpdir(), 'scratch'), 'x');
    console.log(
      JSON.stringify({
        user: process.getuid?.(),
        writesApp: await may('/app'),
        version: process.env['PEACHES_WORKER_VERSION'],
        caller: await caller(),
        endpoint: process.env['AWS_ENDPOINT_URL'],
        greeting: process.env['GREETING'],
        args: process.argv.slice(3),
      }),
    );
    break;
  case 'hog': {
    const hoard: Buffer[] = [];
    for (;;) hoard.push(Buffer.alloc(16 * 2 ** 20, 1));
  }
  default:
    console.error(`no stage ${what}`);
    process.exit(64);
}
