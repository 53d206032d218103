import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf, type PeachesError } from '../../errors/errors.ts';
import type { UnitPorts } from '../runtime/stage.ts';
import { ARCHIVES, layoutOf, writeRecord, type ArchiveRecord, type CmsLiteContext } from './archives.ts';

/** An archive that has come to its end lies in one of two places, and stays where it was delivered as well. */

const copyTo = async (
  { params, scratch }: CmsLiteContext,
  ports: UnitPorts,
  name: string,
  where: 'good' | 'bad',
): Promise<void> => {
  const layout = layoutOf(params);
  const copy = join(scratch, `${where}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`);
  const file = await ports.reads(ARCHIVES).asFile(layout.input + name);
  await copyFile(file, copy, constants.COPYFILE_FICLONE);
  const target = ports.writes(ARCHIVES);
  await target.put(layout[where] + name, { file: copy }, { lasting: true });
  await target.remove(layout[where === 'good' ? 'bad' : 'good'] + name);
};

/** All its tables are loaded. */
export const markGood = async (
  context: CmsLiteContext,
  ports: UnitPorts,
  record: ArchiveRecord,
): Promise<void> => {
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
  const rejection = { reason: reasonOf(error), detail: error.message };
  const name = layoutOf(context.params).input + record.archive;
  await ports.quarantine.whole({ path: ARCHIVES, name }, rejection);
  await copyTo(context, ports, record.archive, 'bad');
  await writeRecord(context, ports, {
    ...record,
    outcome: 'bad',
    asOf: context.now().toISOString(),
    failure: { stage: context.stage, ...rejection },
  });
};
