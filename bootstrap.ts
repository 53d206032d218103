#!/usr/bin/env node
import { main } from './cli/main.ts';

const { stdin, stdout, stderr, env, cwd } = process;
const status = await main({
  argv: process.argv.slice(2),
  stdin,
  stdout,
  stderr,
  environment: env,
  cwd: cwd(),
});
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
process.exit(status);
