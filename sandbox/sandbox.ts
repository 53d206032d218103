import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { workFolder } from '../config/paths.ts';
import { failed, messageOf, missing } from '../errors/errors.ts';
import { findLauncher } from './launcher.ts';
import { endProcess } from './process.ts';

/** A running emulator. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly port: number;
  readonly pid: number;
  /** Instant, ISO 8601. */
  readonly startedAt: string;
  /** File that takes the emulator's own messages. */
  readonly log: string;
  /** Identity of this run: the emulator keeps everything in memory, so another run is another, empty world. */
  readonly instance: string;
  /** Environments whose local Terraform state was dropped at this start, because its emulator was gone. */
  readonly dropped: readonly string[];
  /** Gap fillers that do not fit the installed moto. */
  readonly unfitted: readonly string[];
  /** Takes images at `127.0.0.1:PORT`; null where this machine has no registry to start. */
  readonly registry: { readonly address: string; readonly pid: number } | null;
}

export type SandboxStatus =
  | { readonly state: 'running'; readonly sandbox: Sandbox }
  /** It was started and not stopped, but does not answer. */
  | { readonly state: 'crashed'; readonly sandbox: Sandbox }
  | { readonly state: 'stopped' };

export interface SandboxOptions {
  /** The project's folder; the state is kept in its `.peaches`. */
  readonly root: string;
}

export interface StartOptions extends SandboxOptions {
  /** Where Python, uvx, pipx and Docker are looked up. */
  readonly environment?: NodeJS.ProcessEnv;
  /** False: no registry beside the emulator, though this machine has one. */
  readonly registry?: boolean;
  /** Told what a person should know, one line each: states dropped, gaps that stay open. */
  readonly onNote?: (text: string) => void;
}

const START_SECONDS = 60;
const STOP_SECONDS = 15;
const POLL_MILLISECONDS = 50;
const ANSWER_MILLISECONDS = 5_000;

/** Exit status of a daemon that found another one in its folder (sandbox/emulator/server.py). */
const ALREADY_RUNNING = 75;

/** Written by the daemon. */
const recordSchema = z.object({
  endpoint: z.string(),
  port: z.number(),
  pid: z.number(),
  startedAt: z.string(),
  instance: z.string(),
  dropped: z.array(z.string()),
  unfitted: z.array(z.string()),
  registry: z.object({ address: z.string(), pid: z.number() }).nullable().default(null),
});

const recordFile = (root: string): string => join(workFolder(root), 'sandbox.json');
const logFile = (root: string): string => join(workFolder(root), 'sandbox.log');

/** @throws SANDBOX_RECORD_INVALID */
const readRecord = async (root: string): Promise<Sandbox | undefined> => {
  const text = await readFile(recordFile(root), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return { ...recordSchema.parse(JSON.parse(text)), log: logFile(root) };
  } catch (cause) {
    const file = recordFile(root);
    throw failed({
      code: 'SANDBOX_RECORD_INVALID',
      message: `${file} does not tell where the emulator runs: ${messageOf(cause)}`,
      hint: 'End the emulator if it still runs (a process called with this folder), remove the file, and call `peaches sandbox start`.',
      details: { file },
      cause,
    });
  }
};

/** Whether the emulator of the record answers; another program on the same port is not it. */
const isAlive = async ({ endpoint, instance }: Sandbox): Promise<boolean> => {
  try {
    const answer = await fetch(`${endpoint}/peaches-sandbox`, {
      signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
    });
    return ((await answer.json()) as { instance?: string }).instance === instance;
  } catch {
    return false;
  }
};

export const sandboxStatus = async ({ root }: SandboxOptions): Promise<SandboxStatus> => {
  const sandbox = await readRecord(root);
  if (sandbox === undefined) return { state: 'stopped' };
  return { state: (await isAlive(sandbox)) ? 'running' : 'crashed', sandbox };
};

/** @throws PeachesError SANDBOX_NOT_RUNNING */
export const requireSandbox = async (options: SandboxOptions): Promise<Sandbox> => {
  const status = await sandboxStatus(options);
  if (status.state === 'running') return status.sandbox;
  throw missing({
    code: 'SANDBOX_NOT_RUNNING',
    message:
      status.state === 'crashed'
        ? `The sandbox that was started at ${status.sandbox.startedAt} no longer answers.`
        : 'The sandbox is not running.',
    hint: 'Call `peaches sandbox start`.',
  });
};

const lastLines = async (file: string): Promise<string> =>
  (await readFile(file, 'utf8').catch(() => '')).trim().split('\n').slice(-5).join('\n');

/** Ends what is left of a sandbox: a killed emulator leaves its registry behind. */
const endDaemons = async ({ pid, registry }: Sandbox, root: string): Promise<void> => {
  const folder = workFolder(root);
  await endProcess(pid, 'emulator', folder);
  if (registry !== null) await endProcess(registry.pid, 'docker-registry', folder);
};

/** @returns tells the exit status once the daemon has ended */
const startDaemon = async (
  root: string,
  environment: NodeJS.ProcessEnv,
  registry: boolean,
): Promise<() => number | undefined> => {
  const folder = workFolder(root);
  await mkdir(folder, { recursive: true });
  const launcher = await findLauncher(folder, environment);
  const log = await open(logFile(root), 'a', 0o600);
  let status: number | undefined;
  const args = [...launcher.args, ...(registry ? [] : ['--no-registry'])];
  const daemon = spawn(launcher.command, args, {
    cwd: folder,
    env: launcher.environment,
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  daemon.once('exit', (code) => (status = code ?? 1)).once('error', () => (status = 1));
  daemon.unref();
  await log.close();
  return () => status;
};

/**
 * Starts the emulator, unless it runs. Of several callers at the same time one
 * starts it and all get the same.
 *
 * @throws PeachesError EMULATOR_MISSING, SANDBOX_FAILED
 */
export const startSandbox = async ({
  root,
  environment = process.env,
  registry = true,
  onNote = () => undefined,
}: StartOptions): Promise<Sandbox> => {
  const before = await sandboxStatus({ root });
  if (before.state === 'running') return before.sandbox;
  if (before.state === 'crashed') await endDaemons(before.sandbox, root);
  const ended = await startDaemon(root, environment, registry);
  const deadline = Date.now() + START_SECONDS * 1000;
  for (;;) {
    const status = await sandboxStatus({ root });
    if (status.state === 'running') {
      const { dropped, unfitted } = status.sandbox;
      if (dropped.length > 0) {
        onNote(
          `The emulator starts empty: dropped the local Terraform state of ${dropped.join(', ')}, whose resources are gone.`,
        );
      }
      if (unfitted.length > 0) {
        onNote(`This version of moto is another than the tested one: no help for ${unfitted.join(', ')}.`);
      }
      return status.sandbox;
    }
    const code = ended();
    if ((code !== undefined && code !== ALREADY_RUNNING) || Date.now() > deadline) {
      throw failed({
        code: 'SANDBOX_FAILED',
        message: `The emulator did not start: ${(await lastLines(logFile(root))) || 'it gave no reason'}`,
        hint: `Look at ${logFile(root)}.`,
      });
    }
    await sleep(POLL_MILLISECONDS);
  }
};

/** Stops the emulator and its registry and waits until they are gone. @returns whether there was one to stop */
export const stopSandbox = async ({ root }: SandboxOptions): Promise<boolean> => {
  const sandbox = await readRecord(root);
  if (sandbox === undefined) return false;
  await fetch(`${sandbox.endpoint}/peaches-sandbox/stop/${sandbox.instance}`, {
    method: 'POST',
    signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
  }).catch(() => undefined);
  const deadline = Date.now() + STOP_SECONDS * 1000;
  while (Date.now() < deadline && (await isAlive(sandbox))) await sleep(POLL_MILLISECONDS);
  await endDaemons(sandbox, root);
  const left = await readRecord(root);
  if (left?.instance === sandbox.instance) await rm(recordFile(root), { force: true });
  return true;
};
