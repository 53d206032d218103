import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { freewheel } from '../../../../etl/freewheel/feed.ts';
import { openLocalPlace } from '../../../../etl/runtime/places/local.ts';
import type { RunReport, StageReport } from '../../../../etl/runtime/run.ts';
import { runFeed } from '../../../../etl/runtime/runner.ts';

export const NETWORK = '171213';
export const DATE = '2022-07-25';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A folder in which the feed runs as it does embedded, with files put there by the test. */
export class FreewheelFolder {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async make(): Promise<FreewheelFolder> {
    return new FreewheelFolder(await mkdtemp(join(tmpdir(), 'freewheel-')));
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }

  path(key: string): string {
    return join(this.root, 'store', key);
  }

  async put(key: string, content: string | Buffer): Promise<void> {
    await mkdir(dirname(this.path(key)), { recursive: true });
    await writeFile(this.path(key), content);
  }

  /** A file as FreeWheel would deliver it. */
  deliver(name: string, content: string | Buffer, date = DATE): Promise<void> {
    return this.put(`fw-prod-v4logs/${NETWORK}/v4logs/${date}/${name}`, content);
  }

  async run(
    params: Readonly<Record<string, unknown>> = {},
    { date = DATE, stage, now }: { date?: string; stage?: string; now?: () => Date } = {},
  ): Promise<RunReport> {
    const place = await openLocalPlace(this.root, freewheel);
    try {
      return await runFeed({
        feed: freewheel,
        date,
        params: freewheel.params.parse({ networkId: NETWORK, ...params }),
        place,
        log: silent,
        signal: new AbortController().signal,
        ...(stage !== undefined && { stage }),
        ...(now !== undefined && { now }),
      });
    } finally {
      await place.close();
    }
  }

  async json(key: string): Promise<Record<string, unknown>> {
    return JSON.parse(await readFile(this.path(`freewheel-logs/${key}`), 'utf8')) as Record<string, unknown>;
  }

  /** Gzip JSON lines. */
  async lines(key: string): Promise<readonly Record<string, unknown>[]> {
    const text = gunzipSync(await readFile(this.path(key))).toString();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** All files below a folder of the store, by name. */
  async files(below = ''): Promise<readonly string[]> {
    const root = this.path(below);
    if ((await stat(root).catch(() => undefined)) === undefined) return [];
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
      .sort();
  }

  /** Content of the outputs, by name, without the time at which they were written. */
  async outputs(): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    for (const bucket of ['freewheel-logs/', 'freewheel-ids/']) {
      for (const name of await this.files(bucket)) {
        const content = await readFile(this.path(bucket + name));
        found[bucket + name] = content.toString('latin1').replace(/"asOf":"[^"]*"/, '"asOf":""');
      }
    }
    return found;
  }

  /** Rows of the warehouse. */
  async query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const place = await openLocalPlace(this.root, freewheel);
    try {
      return (await place.warehouse?.query(sql)) ?? [];
    } finally {
      await place.close();
    }
  }
}

/** The report of one stage. */
export const stageOf = (report: RunReport, stage: string): StageReport => {
  const found = report.stages.find((candidate) => candidate.stage === stage);
  if (found === undefined) throw new Error(`the run had no stage ${stage}`);
  return found;
};
