import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FeedDeclaration } from '../../../../etl/feed.ts';
import { mediatailor } from '../../../../etl/mediatailor/feed.ts';
import { openLocalPlace } from '../../../../etl/runtime/places/local.ts';
import type { RunReport, StageReport } from '../../../../etl/runtime/run.ts';
import { runFeed } from '../../../../etl/runtime/runner.ts';

export const DATE = '2021-03-01';
export const TABLE = 'cwl_mediatailor_ad_decision_server_interactions';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export type Line = Readonly<Record<string, string | null>>;

/** A folder in which the feed runs as it does embedded, with objects put there by the test. */
export class MediatailorFolder {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async make(): Promise<MediatailorFolder> {
    return new MediatailorFolder(await mkdtemp(join(tmpdir(), 'mediatailor-')));
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

  /** An object as Firehose would leave it. @param name with its hour: `2021/03/01/10/a` */
  deliver(name: string, content: string | Buffer): Promise<void> {
    return this.put(`mediatailor-logs/${name}`, content);
  }

  async run(
    params: Readonly<Record<string, unknown>> = {},
    { date = DATE, feed = mediatailor }: { date?: string; feed?: FeedDeclaration } = {},
  ): Promise<RunReport> {
    const place = await openLocalPlace(this.root, feed);
    try {
      return await runFeed({
        ...{ feed, date, place, log: silent, params: feed.params.parse(params) },
        signal: new AbortController().signal,
      });
    } finally {
      await place.close();
    }
  }

  bytes(key: string): Promise<Buffer> {
    return readFile(this.path(key));
  }

  text(key: string): Promise<string> {
    return readFile(this.path(key), 'utf8');
  }

  /** The lines of a gzip file, parsed. */
  async gzipLines(key: string): Promise<readonly unknown[]> {
    const lines = gunzipSync(await this.bytes(key))
      .toString()
      .trimEnd()
      .split('\n');
    return lines.map((line) => JSON.parse(line) as unknown);
  }

  /** All files below a folder of the store, by name. */
  async files(below: string): Promise<readonly string[]> {
    const root = this.path(below);
    if ((await stat(root).catch(() => undefined)) === undefined) return [];
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
      .sort();
  }

  /** The published rows of all hours. */
  async rows(): Promise<readonly Line[]> {
    const names = await this.files('mediatailor-data/redshift/');
    const texts = await Promise.all(names.map((name) => this.text(`mediatailor-data/redshift/${name}`)));
    return texts
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }

  /** Content of what is published, by name, without the time at which it was written. */
  async published(): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {};
    for (const folder of ['redshift/', 'quicksight/', 'summary/']) {
      for (const name of await this.files(`mediatailor-data/${folder}`)) {
        const content = await this.text(`mediatailor-data/${folder}${name}`);
        found[folder + name] = content.replace(/"asOf":"[^"]*"/, '"asOf":""');
      }
    }
    return found;
  }

  /** Rows of the warehouse. */
  async query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const place = await openLocalPlace(this.root, mediatailor);
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

/** An event of MediaTailor as its message. */
export const message = (fields: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    eventType: 'BEACON_FIRED',
    eventTimestamp: `${DATE}T10:00:00Z`,
    requestId: 'r-1',
    sessionId: 's-1',
    originId: 'linear-1',
    ...fields,
  });

export interface LogEvent {
  readonly id?: unknown;
  readonly timestamp?: unknown;
  readonly message?: unknown;
}

export const at = (time: string, date = DATE): number => Date.parse(`${date}T${time}Z`);

let sequence = 0;

/** A log event with an id of its own. */
export const logEvent = (event: LogEvent = {}): LogEvent => ({
  id: `36${String((sequence += 1))}`,
  timestamp: at('10:00:01.007'),
  message: message(),
  ...event,
});

/** An envelope of CloudWatch. */
export const envelope = (
  logEvents: readonly LogEvent[],
  fields: Readonly<Record<string, unknown>> = {},
): string =>
  JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '111122223333',
    logGroup: 'MediaTailor/AdDecisionServerInteractions',
    logStream: 'a1',
    subscriptionFilters: ['to-firehose'],
    logEvents,
    ...fields,
  });

export const CONTROL = envelope([{ id: '', timestamp: 1, message: 'CWL CONTROL MESSAGE' }], {
  messageType: 'CONTROL_MESSAGE',
});
