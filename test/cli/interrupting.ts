import { watchInterrupts } from '../../cli/interrupt.ts';
import { terraformFor } from '../../terraform/terraform.ts';

/** `node interrupting.ts TERRAFORM FOLDER`: applies under the watch of interrupts, as a command does. */
const [command = '', folder = ''] = process.argv.slice(2);
const { signal } = watchInterrupts((line) => process.stdout.write(`${line}\n`), 'peaches deploy');
const terraform = terraformFor({
  binary: { command },
  folder,
  environment: process.env,
  journalFolder: `${folder}/journal`,
  signal,
});
await terraform.apply('plan').catch(() => undefined);
process.exitCode = 130;
