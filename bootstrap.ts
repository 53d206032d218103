#!/usr/bin/env node
import { main } from './cli/main.ts';
import { EXIT_CODES } from './errors/errors.ts';

const { stdin, stdout, stderr, env } = process;
let unwritten: Error | undefined;
for (const stream of [stdout, stderr]) {
  // A reader that has seen enough (`| head`) doesn't end the work; a result that can't be kept is a failure.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') unwritten ??= error;
  });
}
const status = await main({
  argv: process.argv.slice(2),
  stdin,
  stdout,
  stderr,
  environment: env,
  cwd: process.cwd(),
});
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
if (unwritten !== undefined) stderr.write(`The output could not be written: ${unwritten.message}\n`);
process.exit(unwritten === undefined ? status : Math.max(status, EXIT_CODES.failed));
