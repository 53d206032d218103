import { isNativeError } from 'node:util/types';
import { failed, messageOf, PeachesError } from '../errors/errors.ts';
import { awsError } from './aws-error.ts';
import { credentialsMissing, lacksCredentials } from './credentials.ts';

/** Node's error of a call on a file or folder, which its message names with the reason. */
const isOfFiles = (error: unknown): boolean =>
  isNativeError(error) && 'syscall' in error && 'path' in error && !String(error.syscall).startsWith('spawn');

/** Node's error of an import that leads nowhere. */
const isOfImport = (error: unknown): boolean =>
  isNativeError(error) &&
  (('code' in error && error.code === 'ERR_MODULE_NOT_FOUND') ||
    (error instanceof SyntaxError && error.message.includes('does not provide an export named')));

/**
 * What was thrown as an error that says what to do, also where another than us threw it.
 * @returns undefined for a fault of ours
 */
export const knownError = (error: unknown): PeachesError | undefined => {
  if (error instanceof PeachesError) return error;
  if (lacksCredentials(error)) return credentialsMissing(error);
  const ofAws = awsError(error);
  if (ofAws !== undefined) return ofAws;
  if (isOfFiles(error)) {
    return failed({
      code: 'FILE_UNUSABLE',
      message: `A file or folder can't be used: ${messageOf(error)}`,
      hint: 'Look at that path: what is there, whose it is, and whether there is room; then call again.',
      cause: error,
    });
  }
  if (isOfImport(error)) {
    return failed({
      code: 'IMPORT_BROKEN',
      message: `A module can't be loaded: ${messageOf(error)}`,
      hint: 'Mend that import (`npx tsc` names file and line); a package that is missing comes with `npm ci`.',
      cause: error,
    });
  }
  return undefined;
};
