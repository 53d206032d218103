import pLimit from 'p-limit';
import { failed, type PeachesError } from '../../errors/errors.ts';
import { fingerprintOf } from '../runtime/fingerprint.ts';
import type { StageContext, UnitPorts, UtcDate } from '../runtime/stage.ts';
import { fileSpecs } from './file-spec.ts';
import type { CmsLiteParams } from './params.ts';

export type CmsLiteContext = StageContext<CmsLiteParams>;

export const ARCHIVES = 'archives/';

const READS_AT_ONCE = 16;

export interface MemberCounts {
  readonly rowsIn: number;
  readonly rowsOut: number;
}

/** `records/…json`: what became of one archive. */
export interface ArchiveRecord {
  readonly archive: string;
  /** The day whose run has it. */
  readonly date: UtcDate;
  readonly asOf: string;
  readonly incomplete?: true;
  readonly etag: string;
  /** When it arrived. */
  readonly modified: string;
  /** `unpacked`: it waits to be loaded. */
  readonly outcome: 'unpacked' | 'good' | 'bad' | 'superseded';
  /** Of the unit that unpacked it. */
  readonly fingerprint: string;
  readonly sha256?: string;
  /** By name of the file. */
  readonly files?: Readonly<Record<string, MemberCounts>>;
  /** Rows of the tables of columns of several values, by table. */
  readonly lookups?: Readonly<Record<string, number>>;
  /** Of the SQL that ended its load. */
  readonly script?: string;
  /** Stage that found it bad, and why. */
  readonly failure?: { readonly stage: string; readonly reason: string; readonly detail: string };
}

/** An archive as it lies in the bucket. */
export interface Archive {
  /** Its key below source and directory. */
  readonly name: string;
  readonly etag: string;
  readonly modified: Date;
  /** Of this very content, if there is one. */
  readonly record: ArchiveRecord | undefined;
}

/** Where things lie in the bucket, as the program that this feed replaces had them. */
export const layoutOf = ({ source, destination, directory }: CmsLiteParams) => {
  const input = `${source}/${directory}/`;
  return {
    input,
    good: `${destination}/good/${input}`,
    bad: `${destination}/bad/${input}`,
    records: `${destination}/records/${input}`,
    batch: (archive: string, file: string) => `${destination}/batch/${input}${archive}/${file}.csv`,
    /** The file of the archive that was loaded last, where the program before put it. */
    latest: (file: string) => `${destination}/batch/${input}${file}.csv`,
  };
};

/** Name of the batch file for a table of a column of several values; no file of an archive has a folder. */
export const lookupFile = (table: string): string => `lookups/${table}`;

/** An archive is not what it was when its turn came. */
export const archiveChanged = (name: string): PeachesError =>
  failed({
    code: 'ARCHIVE_CHANGED',
    message: `${name} was replaced or taken away meanwhile.`,
    hint: 'Nothing was loaded. The next run takes what is there then.',
    details: { archive: name },
  });

const JSON_ENDING = '.json';

const recordsOf = async (context: CmsLiteContext): Promise<ReadonlyMap<string, ArchiveRecord>> => {
  const { records } = layoutOf(context.params);
  const handle = context.reads(ARCHIVES);
  const limit = pLimit(READS_AT_ONCE);
  const found = await Promise.all(
    (await handle.list(records)).map(({ key }) =>
      limit(async () => {
        const record = JSON.parse((await handle.bytes(key)).toString()) as ArchiveRecord;
        return [key.slice(records.length, -JSON_ENDING.length), record] as const;
      }),
    ),
  );
  return new Map(found);
};

const byArrival = (a: Archive, b: Archive): number =>
  a.modified.getTime() - b.modified.getTime() || (a.name < b.name ? -1 : 1);

/** What is in the tables stays, whatever the parameters have become, unless it is all that is there. */
export const staysAsLoaded = ({ truncate }: CmsLiteParams, { record }: Archive, isNewest: boolean): boolean =>
  record?.outcome === 'good' && (!truncate || !isNewest);

/** All archives, in the order of their arrival, and all records. */
export const archivesOf = async (context: CmsLiteContext) => {
  const { doc } = context.params;
  const { input } = layoutOf(context.params);
  const matches = new RegExp(`${doc}$`, 'u');
  const records = await recordsOf(context);
  const objects = await context.reads(ARCHIVES).list(input);
  const archives = objects
    .map(({ key, etag, modified = new Date(0) }) => ({ name: key.slice(input.length), etag, modified }))
    .filter(
      ({ name }) =>
        matches.test(name) && !name.endsWith('/') && !name.split('/').slice(0, -1).includes('archive'),
    )
    .map((object): Archive => {
      const record = records.get(object.name);
      return { ...object, record: record?.etag === object.etag ? record : undefined };
    })
    .sort(byArrival);
  return { archives, records: [...records.values()] };
};

/** What the day's run is to do with an archive. */
export interface Turn {
  readonly archive: Archive;
  readonly role: 'load' | 'superseded';
  readonly fingerprint: string;
}

const isSettled = ({ record }: Archive): boolean => record !== undefined && record.outcome !== 'unpacked';

/**
 * The archives of the day: those that nobody has dealt with, and those that this day's runs have. Where tables
 * are replaced, only the newest is loaded, and none that is older than what was loaded before.
 */
export const turnsOf = async (context: CmsLiteContext): Promise<readonly Turn[]> => {
  const { date, params } = context;
  const { truncate, file_limit: limit = Infinity } = params;
  const { archives, records } = await archivesOf(context);
  const loaded = Math.max(
    ...records.filter(({ outcome }) => outcome === 'good').map(({ modified }) => Date.parse(modified)),
  );
  const newest = archives.at(-1);
  const shape = fileSpecs(params);
  const roleOf = (archive: Archive): Turn['role'] => {
    if (!truncate) return 'load';
    const isNewest = archive === newest && archive.modified.getTime() >= loaded;
    return isNewest && archive.record?.outcome !== 'superseded' ? 'load' : 'superseded';
  };
  const turns: Turn[] = [];
  let fresh = 0;
  for (const archive of archives) {
    const { record, etag } = archive;
    if (isSettled(archive) && record?.date !== date) continue;
    if (!isSettled(archive) && !truncate && ++fresh > limit) continue;
    if (record !== undefined && staysAsLoaded(params, archive, archive === newest)) {
      turns.push({ archive, role: 'load', fingerprint: record.fingerprint });
      continue;
    }
    const role = roleOf(archive);
    const shaping = role === 'load' ? [shape, truncate] : [];
    turns.push({ archive, role, fingerprint: fingerprintOf(etag, role, shaping) });
  }
  return turns;
};

/** Writes down what became of an archive; that outlives the day's other outputs. */
export const writeRecord = async (
  context: Pick<CmsLiteContext, 'params'>,
  ports: UnitPorts,
  record: ArchiveRecord,
): Promise<void> => {
  const { records } = layoutOf(context.params);
  await ports
    .writes(ARCHIVES)
    .put(`${records}${record.archive}${JSON_ENDING}`, `${JSON.stringify(record, undefined, 2)}\n`, {
      lasting: true,
    });
};
