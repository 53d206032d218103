import { watchInterrupts } from '../../cli/interrupt.ts';
import { createPrompt } from '../../cli/prompt.ts';
import { terraformFor } from '../../terraform/terraform.ts';

/**
 * `node interrupting.ts FOLDER plan|apply TERRAFORM` works, `node interrupting.ts FOLDER ask` asks, under the watch of
 * interrupts, as a command does.
 */
const [folder = '', work = '', command = ''] = process.argv.slice(2);
const interrupts = watchInterrupts((line) => process.stdout.write(`${line}\n`), 'peaches deploy');
const { signal } = interrupts;
const terraform = () =>
  terraformFor({
    binary: { command },
    folder,
    environment: process.env,
    journalFolder: `${folder}/journal`,
    signal,
  });
const works: Readonly<Record<string, () => Promise<unknown>>> = {
  plan: () => terraform().plan({ out: `${folder}/plan` }),
  apply: () => terraform().apply('plan'),
  ask: () => createPrompt('ask', signal).confirm(`Apply this plan? (process ${process.pid})`),
};
const code = await works[work]?.().then(
  () => 'done',
  (error: unknown) => (error as { readonly code: string }).code,
);
process.stdout.write(`${code}\n`);
interrupts.stop();
process.exitCode = 130;
