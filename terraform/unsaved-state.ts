import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { failed } from '../errors/errors.ts';

/** Where Terraform leaves the state when the backend does not take it at the end of an apply. */
const FILE = 'errored.tfstate';

/**
 * A state that could not be saved must reach the backend before anything else is done, or what it knows is lost.
 * @throws STATE_UNSAVED
 */
export const refuseUnsaved = (stack: string, folder: string): void => {
  const file = join(folder, FILE);
  if (!existsSync(file)) return;
  throw failed({
    code: 'STATE_UNSAVED',
    message: `The last apply of ${stack} could not save its state, which lies in ${file}.`,
    hint: `Mend what kept it from being saved, then: terraform -chdir='${folder}' state push ${FILE} && rm '${file}'`,
    details: { stack, file },
  });
};
