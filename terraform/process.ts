import { execa } from 'execa';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { failed, interrupted } from '../errors/errors.ts';
import { errorOf } from './diagnostics.ts';
import { endLine, processLine } from './journal.ts';
import { track } from './running.ts';
import { eventOf, type Diagnostic, type TerraformEvent } from './events.ts';

/**
 * Each Terraform with its provider takes near one GB of memory. Processors are no bound: an apply spends most of its
 * time waiting for what AWS is slow to show.
 */
const BYTES_EACH = 2 * 1024 ** 3;
const MOST = 8;

/** How many run at the same time. @param memory of the machine, in bytes */
export const atOnce = (memory: number): number =>
  Math.min(MOST, Math.max(2, Math.floor(memory / BYTES_EACH)));

const turn = pLimit(atOnce(totalmem()));

const POLL_MILLISECONDS = 100;

/** How a Terraform process is run, whatever the command. */
export interface ProcessSettings {
  /** Name in events and errors. */
  readonly stack: string;
  readonly command: string;
  /** The stack's synthesized folder. */
  readonly folder: string;
  /** The whole environment of the child. */
  readonly environment: NodeJS.ProcessEnv;
  readonly journalFolder: string;
  readonly onEvent: (event: TerraformEvent) => void;
  readonly signal?: AbortSignal;
  /** Longest silence before the process is asked to stop. */
  readonly silenceSeconds: number;
}

export interface Finished {
  readonly exitCode: number;
  readonly events: readonly TerraformEvent[];
}

/** Inherited settings that would change what a command does behind our back. */
const IGNORED = /^TF_(CLI_ARGS|WORKSPACE|INPUT|DATA_DIR)/;

/** By Go's own setting, 100, a plan takes up to a fifth more time and 200 MB less. The caller's wins. */
const GARBAGE_COLLECTION = { GOGC: '400' };

const environmentOf = (base: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...GARBAGE_COLLECTION,
  ...Object.fromEntries(Object.entries(base).filter(([name]) => !IGNORED.test(name))),
  CHECKPOINT_DISABLE: '1',
  TF_IN_AUTOMATION: '1',
  TF_INPUT: '0',
});

const openJournal = async (settings: ProcessSettings, verb: string): Promise<FileHandle> => {
  await mkdir(settings.journalFolder, { recursive: true, mode: 0o700 });
  const at = new Date().toISOString().replace(/[-:]/g, '');
  return open(
    join(settings.journalFolder, `${settings.stack}-${at}-${verb}-${randomUUID().slice(0, 8)}.jsonl`),
    'ax+',
    0o600,
  );
};

/** Lines of a file that somebody still writes, until `ended()` and nothing is left. The last may be cut short. */
async function* linesOf(file: FileHandle, ended: () => boolean): AsyncGenerator<string> {
  const buffer = Buffer.alloc(64 * 1024);
  let rest = Buffer.alloc(0);
  for (let position = 0; ;) {
    const last = ended();
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    position += bytesRead;
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield rest.toString('utf8', 0, end);
      rest = rest.subarray(end + 1);
    }
    if (bytesRead > 0) continue;
    if (last) break;
    await sleep(POLL_MILLISECONDS);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

/**
 * Runs one Terraform command with an event stream.
 *
 * The child writes straight into the journal, and we read along. If we are
 * killed, it neither gets our signal (own process group) nor a broken pipe: it
 * ends its work, saves the state and releases the lock.
 *
 * @param verb first argument, also part of the journal's name
 * @param successes exit statuses that are no failure
 * @throws PeachesError what the diagnostics say; INTERRUPTED after an abort; TERRAFORM_STALLED
 */
export const stream = (
  settings: ProcessSettings,
  verb: string,
  args: readonly string[],
  successes: readonly number[] = [0],
): Promise<Finished> =>
  turn(async () => {
    const { stack, signal } = settings;
    const stopped = interrupted({
      code: 'INTERRUPTED',
      message: `Terraform ${verb} of ${stack} was interrupted.`,
      hint: 'Call again: it goes on where it stopped.',
      details: { stack },
    });
    if (signal?.aborted) throw stopped;
    const journal = await openJournal(settings, verb);
    try {
      const child = spawn(settings.command, [verb, ...args], {
        cwd: settings.folder,
        env: environmentOf(settings.environment),
        stdio: ['ignore', journal.fd, journal.fd],
        detached: true,
      });
      let ended = false;
      const exit = new Promise<number | null>((resolve, reject) => {
        child.once('exit', resolve).once('error', reject);
      }).finally(() => (ended = true));
      exit.catch(() => undefined);
      track(child);
      let asked = false;
      const ask = (): void => {
        if (!asked && !ended) child.kill('SIGINT');
        asked = true;
      };
      signal?.addEventListener('abort', ask, { once: true });
      // At once: whoever is killed from now on has left the name of the child.
      if (child.pid !== undefined) writeSync(journal.fd, processLine(child.pid));
      const watchdog = new AbortController();
      const timer = setTimeout(() => {
        watchdog.abort();
        ask();
      }, settings.silenceSeconds * 1000);

      const events: TerraformEvent[] = [];
      const diagnostics: Diagnostic[] = [];
      const text: string[] = [];
      let exitCode: number | null;
      try {
        for await (const line of linesOf(journal, () => ended)) {
          timer.refresh();
          const event = eventOf(stack, line);
          if (event === undefined) {
            if (!line.startsWith('{')) text.push(line);
            continue;
          }
          if (event.type === 'diagnostic') diagnostics.push(event.diagnostic);
          events.push(event);
          settings.onEvent(event);
        }
        exitCode = await exit;
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', ask);
      }
      await journal.appendFile(endLine(exitCode));
      if (exitCode !== null && successes.includes(exitCode)) return { exitCode, events };
      if (signal?.aborted) throw stopped;
      if (watchdog.signal.aborted) {
        throw failed({
          code: 'TERRAFORM_STALLED',
          message: `Terraform ${verb} of ${stack} said nothing for ${settings.silenceSeconds} s and was stopped.`,
          hint: 'Check the network and the service that it waited for, then call again: it goes on where it stopped.',
          details: { stack },
        });
      }
      throw errorOf(stack, verb, diagnostics, text.slice(-20).join('\n'));
    } finally {
      await journal.close();
    }
  });

/**
 * Runs one Terraform command that prints a document.
 *
 * @returns exit status, stdout, stderr; the caller judges the status
 */
export const print = (
  settings: ProcessSettings,
  args: readonly string[],
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> =>
  turn(async () => {
    const { exitCode, stdout, stderr } = await execa(settings.command, args, {
      cwd: settings.folder,
      env: environmentOf(settings.environment),
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      maxBuffer: 1024 * 1024 * 1024,
    });
    return { exitCode: exitCode ?? 1, stdout, stderr };
  });
