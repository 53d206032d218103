import { tvMetadata } from '../../../../etl/tv-metadata/feed.ts';
import { FeedFolder } from '../../support/feed-folder.ts';

export const DATE = '2021-03-01';
export const KEY = '2021_3_1_be';

/** A document of nine arrays, empty but for those given. */
export const documentOf = (arrays: Readonly<Record<string, readonly unknown[]>>, indent = 2): string => {
  const names = 'events channels contents credits genres pictures products series titles'.split(' ');
  const all = Object.fromEntries(names.map((name) => [name, arrays[name] ?? []]));
  return JSON.stringify({ ...all, ...arrays }, undefined, indent);
};

export class TvMetadataFolder extends FeedFolder {
  constructor() {
    super(tvMetadata, { date: DATE, params: { regions: ['be'] } });
  }

  deliver(key: string, content: string | Buffer): Promise<void> {
    return this.put(`tv-metadata-source/${key}`, content);
  }

  lines(array: string, region = 'be', date = DATE): Promise<readonly Record<string, unknown>[]> {
    return this.gzipLines(`tv-metadata-data/${array}/date=${date}/region=${region}.ndjson.gz`);
  }

  report(name = 'region=be', date = DATE): Promise<Record<string, unknown>> {
    return this.json(`tv-metadata-data/reports/date=${date}/${name}.json`);
  }

  /** Lines of the quarantine of the stage `split`. */
  async rejected(date = DATE): Promise<readonly Record<string, unknown>[]> {
    const folder = `operations/quarantine/tv-metadata/split/date=${date}/`;
    const files = (await this.files(folder)).filter((name) => name.endsWith('.jsonl.gz'));
    return (await Promise.all(files.map((name) => this.gzipLines(folder + name)))).flat();
  }
}
