import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A free port of the loopback interface. */
export const freePort = async (host = '127.0.0.1'): Promise<number> => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, host, listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

export interface Daemon {
  readonly output: () => string;
  /** Ends the process and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Starts a process that stays, and waits until it answers. It ends with this one, however this one ends. */
export const startDaemon = async (
  command: string,
  args: readonly string[],
  answers: () => Promise<boolean>,
  options: { readonly env?: NodeJS.ProcessEnv; readonly seconds?: number } = {},
): Promise<Daemon> => {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env ?? process.env,
  });
  let output = '';
  const note = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (!hasEnded(child)) child.kill(signal);
    const last = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(last);
  };
  const until = Date.now() + (options.seconds ?? 60) * 1000;
  while (!(await answers().catch(() => false))) {
    if (hasEnded(child) || Date.now() > until) {
      await stop();
      throw new Error(`${command} did not come up:\n${output}`);
    }
    await sleep(50);
  }
  return { output: () => output, stop };
};
