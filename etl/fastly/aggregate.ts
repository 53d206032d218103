import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { expandedBytes } from '../runtime/expanded-bytes.ts';
import { isFileFault } from '../runtime/file-faults.ts';
import { fingerprintOf, hashed, shortHash } from '../runtime/fingerprint.ts';
import { RejectedRows } from '../runtime/rejected-rows.ts';
import type { StageCode, StageContext, StageWork, Unit, UnitPorts, UnitResult } from '../runtime/stage.ts';
import { dayThatTells, toldBy } from '../runtime/stray-objects.ts';
import { Aggregates } from './aggregates.ts';
import { dayOfKey, mayHoldRequestsOf } from './log-day.ts';
import { logLines, type LogLine } from './log-lines.ts';
import { readRecord } from './log-record.ts';
import type { FastlyParams } from './params.ts';
import { hourFolder, partialName } from './partials.ts';

type Context = StageContext<FastlyParams>;

const LOGS = 'logs/';
const PARTIALS = 'data/aggregated/';
const STRAYS = 'data/strays/';

const compress = promisify(gzip);

/** What became of the lines of one file. */
interface Reading {
  readonly aggregates: Aggregates;
  readonly rejected: Record<string, number>;
  /** Bad lines that another day's run tells of: of a neighbouring day's file, or one whose name tells no day. */
  left: number;
  rows: number;
  repaired: number;
}

/** Sums up log files, one at a time in memory. */
class Aggregation implements StageWork {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  async work({ id }: Unit, ports: UnitPorts): Promise<UnitResult> {
    const { scratch, date } = this.#context;
    const teller = dayOfKey(id) ?? (await dayThatTells(STRAYS, LOGS, id, date, ports));
    const hash = createHash('sha256');
    const rejections = new RejectedRows(id, join(scratch, `${shortHash(id)}.jsonl.gz`));
    try {
      const body = (await ports.reads(LOGS).open(id)) as AsyncIterable<Buffer>;
      const reading = await this.#read(id, hashed(body, hash), teller !== date, rejections);
      await this.#publish(id, hash.digest('hex'), reading.aggregates, ports);
      await ports.quarantine.rows(await rejections.end());
      return this.#resultOf(id, reading);
    } catch (error) {
      rejections.discard();
      if (isFileFault(error)) {
        if (dayOfKey(id) === undefined && teller !== date) return toldBy(teller, id);
        await ports.quarantine.whole({ path: LOGS, name: id }, error);
      }
      throw error;
    }
  }

  /** @param isToldElsewhere bad lines are for another day's run to tell */
  async #read(
    id: string,
    body: AsyncIterable<Buffer>,
    isToldElsewhere: boolean,
    rejections: RejectedRows,
  ): Promise<Reading> {
    const { signal, params } = this.#context;
    const aggregates = new Aggregates(params);
    const reading: Reading = { aggregates, rejected: {}, left: 0, rows: 0, repaired: 0 };
    for await (const lines of logLines(expandedBytes(id, body))) {
      signal.throwIfAborted();
      for (const line of lines) {
        const rejection = take(line, reading);
        if (rejection === undefined) continue;
        if (isToldElsewhere) {
          reading.left += 1;
          continue;
        }
        reading.rejected[rejection.reason] = (reading.rejected[rejection.reason] ?? 0) + 1;
        await rejections.add([{ row: line.number, ...rejection }]);
      }
    }
    return reading;
  }

  async #publish(id: string, sha256: string, aggregates: Aggregates, ports: UnitPorts): Promise<void> {
    for (const hour of aggregates.hours) {
      const [day = ''] = hour.split(' ');
      if (!this.#takes(id, day)) continue;
      const lines = aggregates.groups(hour).map((group) => `${JSON.stringify(group)}\n`);
      const name = `${hourFolder(hour)}${partialName(id, sha256)}`;
      await ports.writes(PARTIALS).put(name, await compress(lines.join(''), { level: 1 }));
    }
  }

  /** Requests of another day are taken only where that day's run would not look at the file itself. */
  #takes(id: string, day: string): boolean {
    const { date } = this.#context;
    return day === date || (dayOfKey(id) === date && !mayHoldRequestsOf(day, id));
  }

  #resultOf(id: string, { aggregates, rejected, rows, repaired, ...reading }: Reading): UnitResult {
    const { date } = this.#context;
    const otherDays = new Set<string>();
    let [rowsOut, left] = [0, reading.left];
    for (const hour of aggregates.hours) {
      const [day = ''] = hour.split(' ');
      const requests = aggregates.groups(hour).reduce((sum, group) => sum + group.request_count, 0);
      if (this.#takes(id, day)) rowsOut += requests;
      else left += requests;
      if (day !== date && dayOfKey(id) === date) otherDays.add(day);
    }
    const notes = [...otherDays].map(
      (day) => `Files of ${date} hold requests of ${day}: run that day as well.`,
    );
    if (repaired > 0) notes.push('Some lines were no JSON until loose backslashes were doubled, see README.');
    return {
      rowsIn: rows,
      rowsOut,
      rejected,
      ...(left > 0 && { dropped: { 'other-day': left } }),
      notes,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Sums one line up. @returns why it can't be used */
const take = (line: LogLine, reading: Reading) => {
  reading.rows += 1;
  if (line.text === undefined) return { reason: 'line-too-long', detail: 'The line is no record.' };
  const read = readRecord(line.text);
  if ('reason' in read) return read;
  if (read.isRepaired) reading.repaired += 1;
  reading.aggregates.add(read.record);
  return undefined;
};

/**
 * Sums up each log file by day, minute, channel, distributor and place. A unit is a file; one that was opened
 * shortly before or after midnight is worked on both days, as its requests may be of either.
 */
const stage: StageCode<FastlyParams> = {
  async units(context) {
    const { date, params } = context;
    const files = await context.reads(LOGS).list();
    return files
      .filter(({ key }) => !key.endsWith('/') && mayHoldRequestsOf(date, key))
      .map(({ key, etag }) => ({
        id: key,
        fingerprint: fingerprintOf(etag, params.segmentSeconds, params.rangeSegmentSeconds),
      }));
  },
  open: (context) => Promise.resolve(new Aggregation(context)),
};

export default stage;
