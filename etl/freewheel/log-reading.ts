import { open } from 'node:fs/promises';
import { RejectedRows, type Rejections } from '../runtime/rejected-rows.ts';
import { SlotReader } from './slot-reader.ts';

/** Lines that are gathered before they go to disk. */
const FLUSH_BYTES = 1 << 18;

/** One log to be read; everything in it can be sent to a thread. */
export interface LogTask {
  /** Its name, for messages, and its path. */
  readonly id: string;
  readonly path: string;
  /** File that gets its slots, see `SlotReader.lines`. */
  readonly lines: string;
  /** File that gets its rejected rows when they are many. */
  readonly rejections: string;
}

/** What one log holds. */
export interface LogReading {
  /** Data rows of every event. */
  readonly rows: number;
  readonly slots: number;
  /** Rows of other events. */
  readonly others: number;
  readonly rejected: number;
  readonly rejectedByReason: Readonly<Record<string, number>>;
  readonly rejectedByClass: Readonly<Record<string, number>>;
  readonly rejections: Rejections;
  /** A slot's row says that the log is a sample. */
  readonly isSampled: boolean;
}

/**
 * Reads a log to its end; its slots are then lines of the file `lines`.
 * @param pieces its content, see `rawBytes` and `rawFile`
 * @throws what these and `SlotReader` throw; what was written until then is of no use
 */
export const readLog = async (
  task: LogTask,
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
  signal?: AbortSignal,
): Promise<LogReading> => {
  const reader = new SlotReader(task.id);
  const rejections = new RejectedRows(task.id, task.rejections);
  const file = await open(task.lines, 'w');
  const flush = async (): Promise<void> => {
    if (reader.lines.length > 0) await file.writeFile(reader.lines.take());
    if (reader.rejectedRows.length > 0) await rejections.add(reader.rejectedRows.splice(0));
  };
  try {
    for await (const piece of pieces) {
      reader.push(piece);
      if (reader.lines.length > FLUSH_BYTES || reader.rejectedRows.length > 0) await flush();
      signal?.throwIfAborted();
    }
    reader.end();
    await flush();
    const { rows, slots, others, rejected, rejectedByReason, rejectedByClass, isSampled } = reader;
    const counts = { rows, slots, others, rejected, rejectedByReason, rejectedByClass, isSampled };
    return { ...counts, rejections: await rejections.end() };
  } catch (error) {
    rejections.discard();
    throw error;
  } finally {
    await file.close();
  }
};
