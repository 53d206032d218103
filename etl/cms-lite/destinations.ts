import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PeachesError } from '../../errors/errors.ts';
import { shortHash } from '../runtime/fingerprint.ts';
import { rejectionOf } from '../runtime/quarantine.ts';
import type { UnitPorts } from '../runtime/stage.ts';
import {
  ARCHIVES,
  layoutOf,
  lookupFile,
  writeRecord,
  type ArchiveRecord,
  type CmsLiteContext,
} from './archives.ts';

/** An archive that has come to its end lies in one of two places, and stays where it was delivered as well. */

/** Copies an object of the bucket; the copy belongs to all days. */
const copy = async (
  { scratch }: CmsLiteContext,
  ports: UnitPorts,
  from: string,
  to: string,
): Promise<void> => {
  const file = join(scratch, `copy-${shortHash(to)}`);
  await copyFile(await ports.reads(ARCHIVES).asFile(from), file, constants.COPYFILE_FICLONE);
  await ports.writes(ARCHIVES).put(to, { file }, { lasting: true });
};

const copyTo = async (
  context: CmsLiteContext,
  ports: UnitPorts,
  name: string,
  where: 'good' | 'bad',
): Promise<void> => {
  const layout = layoutOf(context.params);
  await copy(context, ports, layout.input + name, layout[where] + name);
  await ports.writes(ARCHIVES).remove(layout[where === 'good' ? 'bad' : 'good'] + name);
};

/** All its tables are loaded. */
export const markGood = async (
  context: CmsLiteContext,
  ports: UnitPorts,
  record: ArchiveRecord,
): Promise<void> => {
  const layout = layoutOf(context.params);
  const lookups = Object.keys(record.lookups ?? {}).map(lookupFile);
  for (const file of [...Object.keys(record.files ?? {}), ...lookups])
    await copy(context, ports, layout.batch(record.archive, file), layout.latest(file));
  await copyTo(context, ports, record.archive, 'good');
  await writeRecord(context, ports, record);
};

/** None of its tables is loaded, for a reason that lies in it. */
export const markBad = async (
  context: CmsLiteContext,
  ports: UnitPorts,
  record: Omit<ArchiveRecord, 'outcome' | 'asOf' | 'failure'>,
  error: PeachesError,
): Promise<void> => {
  const name = layoutOf(context.params).input + record.archive;
  await ports.quarantine.whole({ path: ARCHIVES, name }, error);
  await copyTo(context, ports, record.archive, 'bad');
  await writeRecord(context, ports, {
    ...record,
    outcome: 'bad',
    asOf: context.now().toISOString(),
    failure: { stage: context.stage, ...rejectionOf(error) },
  });
};
