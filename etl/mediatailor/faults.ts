import { failed, type PeachesError } from '../../errors/errors.ts';

/** Why a whole log object can't be used; the code is also the reason in ledger and quarantine. */
export type ObjectFault = 'EMPTY_FILE' | 'GZIP_TRUNCATED' | 'GZIP_DAMAGED' | 'GZIP_BOMB' | 'NO_LOG_EVENTS';

const FAULTS: ReadonlySet<string> = new Set<ObjectFault>([
  'EMPTY_FILE',
  'GZIP_TRUNCATED',
  'GZIP_DAMAGED',
  'GZIP_BOMB',
  'NO_LOG_EVENTS',
]);

/** @param why what is wrong, as the rest of a sentence that begins with the object's name */
export const objectFault = (code: ObjectFault, name: string, why: string, cause?: unknown): PeachesError =>
  failed({
    code,
    message: `${name} ${why}.`,
    hint: 'The object is in quarantine and the days that it may belong to are marked incomplete. Put a good copy under the same name and run the day again.',
    details: { object: name },
    cause,
  });

/** Whether an error says that the object, not the transfer or the machine, is at fault. */
export const isObjectFault = (error: PeachesError): boolean => FAULTS.has(error.code);
