#!/usr/bin/env node
import { main } from './cli/main.ts';

const { stdin, stdout, stderr, env } = process;
const status = await main({
  argv: process.argv.slice(2),
  stdin,
  stdout,
  stderr,
  environment: env,
  cwd: process.cwd(),
});
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
process.exit(status);
