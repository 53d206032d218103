import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openLocalPlace } from '../../../../etl/runtime/places/local.ts';
import type { RunReport, StageReport } from '../../../../etl/runtime/run.ts';
import { runFeed } from '../../../../etl/runtime/runner.ts';
import { tvMetadata } from '../../../../etl/tv-metadata/feed.ts';

export const DATE = '2021-03-01';
export const KEY = '2021_3_1_be';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A document of nine arrays, empty but for those given. */
export const documentOf = (arrays: Readonly<Record<string, readonly unknown[]>>, indent = 2): string => {
  const names = 'events channels contents credits genres pictures products series titles'.split(' ');
  const all = Object.fromEntries(names.map((name) => [name, arrays[name] ?? []]));
  return JSON.stringify({ ...all, ...arrays }, undefined, indent);
};

/** A folder in which the feed runs as it does embedded, with documents put there by the test. */
export class TvMetadataFolder {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async make(): Promise<TvMetadataFolder> {
    return new TvMetadataFolder(await mkdtemp(join(tmpdir(), 'tv-metadata-')));
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }

  path(key: string): string {
    return join(this.root, 'store', key);
  }

  async deliver(key: string, content: string | Buffer): Promise<void> {
    const path = this.path(`tv-metadata-source/${key}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  async run(params: Readonly<Record<string, unknown>> = {}, date = DATE): Promise<RunReport> {
    const place = await openLocalPlace(this.root, tvMetadata);
    try {
      return await runFeed({
        feed: tvMetadata,
        date,
        params: tvMetadata.params.parse({ regions: ['be'], ...params }),
        place,
        log: silent,
        signal: new AbortController().signal,
      });
    } finally {
      await place.close();
    }
  }

  async query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const place = await openLocalPlace(this.root, tvMetadata);
    try {
      return (await place.warehouse?.query(sql)) ?? [];
    } finally {
      await place.close();
    }
  }

  async lines(array: string, region = 'be', date = DATE): Promise<readonly Record<string, unknown>[]> {
    const path = this.path(`tv-metadata-data/${array}/date=${date}/region=${region}.ndjson.gz`);
    const text = gunzipSync(await readFile(path)).toString();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async report(name = 'region=be', date = DATE): Promise<Record<string, unknown>> {
    const path = this.path(`tv-metadata-data/reports/date=${date}/${name}.json`);
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  }

  /** Lines of the quarantine of the stage `split`. */
  async rejected(date = DATE): Promise<readonly Record<string, unknown>[]> {
    const folder = this.path(`operations/quarantine/tv-metadata/split/date=${date}/`);
    const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl.gz'));
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name))));
    return texts.flatMap((text) =>
      gunzipSync(text)
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  }
}

/** The report of one stage. */
export const stageOf = (report: RunReport, stage: string): StageReport => {
  const found = report.stages.find((candidate) => candidate.stage === stage);
  if (found === undefined) throw new Error(`the run had no stage ${stage}`);
  return found;
};
