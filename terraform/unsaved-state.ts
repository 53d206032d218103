import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { failed, messageOf } from '../errors/errors.ts';

/** Where Terraform leaves the state when the backend does not take it at the end of an apply. */
const FILE = 'errored.tfstate';

/**
 * A state that could not be saved must reach the backend before anything else is done, or what it knows is lost.
 * @param command the Terraform that pushes it
 * @param cause what the apply failed with, when it has just ended
 * @throws STATE_UNSAVED with the command that pushes the state, also as `details.push`
 */
export const refuseUnsaved = (stack: string, folder: string, command: string, cause?: unknown): void => {
  const file = join(folder, FILE);
  if (!existsSync(file)) return;
  const push = `${command} -chdir='${folder}' state push ${FILE} && rm '${file}'`;
  const why = cause === undefined ? '' : ` ${messageOf(cause)}`;
  throw failed({
    code: 'STATE_UNSAVED',
    message: `The last apply of ${stack} could not save its state, which lies in ${file}.${why}`,
    hint: `Mend what kept it from being saved, then: ${push}\nWhere the push finds the state locked, \`peaches unlock\` goes first.`,
    details: { stack, file, push },
    cause,
  });
};
