import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { readLog, type LogReading, type LogTask } from './log-reading.ts';
import { rawBytes } from './raw-bytes.ts';

/** Starting a thread takes longer than reading a file of that size. */
const WORTH_A_THREAD_BYTES = 1 << 16;
const MOST_THREADS = 4;
/** In MiB. A log passes through buffers of fixed size; the rest is short-lived. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

const entry = new URL('./log-thread.ts', import.meta.url);

/** What a thread needs to run TypeScript; nothing in a bundle, whose threads are JavaScript. */
const loader = (): string[] =>
  entry.pathname.endsWith('.ts')
    ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href]
    : [];

/**
 * Reads logs, as many at a time as there are processors. When a thread can't be had, dies, or fails on a log,
 * the log is read here: what is wrong with the log itself is then thrown as it is.
 */
export class LogThreads {
  readonly #signal: AbortSignal;
  readonly #limit = pLimit(Math.min(availableParallelism(), MOST_THREADS));
  readonly #alive = new Set<Worker>();
  readonly #idle = new Set<Worker>();

  /** @param signal ends reading, and the threads that are at it */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @throws what `readLog` throws */
  read(task: LogTask): Promise<LogReading> {
    return this.#limit(async () => {
      const { size } = await stat(task.path);
      const reading = size < WORTH_A_THREAD_BYTES ? undefined : await this.#inThread(task);
      this.#signal.throwIfAborted();
      return reading ?? readLog(task, rawBytes(task.id, createReadStream(task.path)), this.#signal);
    });
  }

  async #inThread(task: LogTask): Promise<LogReading | undefined> {
    let thread: Worker | undefined;
    try {
      [thread] = this.#idle;
      thread ??= this.#start();
      this.#idle.delete(thread);
      thread.postMessage(task);
      const [reading] = (await once(thread, 'message', { signal: this.#signal })) as [LogReading | undefined];
      this.#idle.add(thread);
      return reading;
    } catch {
      await thread?.terminate();
      return undefined;
    }
  }

  #start(): Worker {
    const thread = new Worker(entry, { execArgv: loader(), resourceLimits: HEAP });
    this.#alive.add(thread);
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      this.#alive.delete(thread);
      this.#idle.delete(thread);
    });
    return thread;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#alive].map((thread) => thread.terminate()));
  }
}
