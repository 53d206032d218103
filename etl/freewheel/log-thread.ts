import { createReadStream } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { canGunzipInPlace } from './gunzip-in-place.ts';
import { readLog, type LogTask } from './log-reading.ts';
import { rawBytes, rawFile, ReadingRoom } from './raw-bytes.ts';

const room = new ReadingRoom();

const piecesOf = ({ id, path }: LogTask) =>
  canGunzipInPlace() ? rawFile(id, path, room) : rawBytes(id, createReadStream(path));

/** A thread of `LogThreads`: answers each task with its reading, or with nothing when that failed. One at a time. */
parentPort?.on('message', (task: LogTask) => {
  void readLog(task, piecesOf(task))
    .catch(() => undefined)
    .then((reading) => parentPort?.postMessage(reading));
});
