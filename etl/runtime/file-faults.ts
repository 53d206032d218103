import { failed, PeachesError } from '../../errors/errors.ts';

const CODES = [
  'EMPTY_FILE',
  'NOT_GZIP',
  'GZIP_TRUNCATED',
  'GZIP_DAMAGED',
  'GZIP_BOMB',
  'NOT_ZSTD',
  'ZSTD_TRUNCATED',
  'ZSTD_DAMAGED',
  'ZSTD_BOMB',
  'MISSING_COLUMN',
  'DUPLICATE_COLUMN',
  'NOT_TV_METADATA',
  'DOCUMENT_TRUNCATED',
  'TOO_MANY_REPAIRS',
  'TAR_DAMAGED',
  'UNSAFE_MEMBER',
  'MEMBER_TOO_LARGE',
  'UNKNOWN_MEMBER',
  'DUPLICATE_MEMBER',
  'MISSING_MEMBER',
  'NO_HEADER',
  'NO_ROWS',
  'NO_LINES',
  'NO_LOG_EVENTS',
  'TOO_FEW_COLUMNS',
  'TOO_MANY_VALUES',
] as const;

/** Why a whole file of a feed can't be used; the code is also the reason in ledger and quarantine. */
export type FileFault = (typeof CODES)[number];

const FAULTS: ReadonlySet<string> = new Set(CODES);

/** @param why what is wrong, as the rest of a sentence that begins with the file's name */
export const fileFault = (code: FileFault, file: string, why: string, cause?: unknown): PeachesError =>
  failed({
    code,
    message: `${file} ${why}.`,
    hint: 'The file is in quarantine, and its day, or each of its days, is marked incomplete. When a good copy of it arrives under the same name, run the day again.',
    details: { file },
    cause,
  });

/** Whether an error says that the file, not the transfer or the machine, is at fault. */
export const isFileFault = (error: unknown): error is PeachesError =>
  error instanceof PeachesError && FAULTS.has(error.code);
