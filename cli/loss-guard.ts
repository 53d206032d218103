import { refused } from '../errors/errors.ts';
import type { Loss } from '../terraform/stateful.ts';
import type { Invocation } from './command.ts';

/**
 * A second key for a plan that loses data: the address given on the command line, or the environment's name typed.
 * @param allowed addresses of `--allow-replace`
 * @throws DATA_LOSS_REFUSED
 */
export const guardLoss = async (
  { output, prompt }: Pick<Invocation, 'output' | 'prompt'>,
  environment: string,
  { stack, losses: all }: { readonly stack: string; readonly losses: readonly Loss[] },
  allowed: readonly string[],
): Promise<void> => {
  const losses = all.filter(({ address }) => !allowed.includes(address));
  if (losses.length === 0) return;
  for (const { address, action, lost } of losses) {
    output.event(output.style('red', `${address} would be ${action}d; lost with it: ${lost}`));
  }
  if (prompt.mode === 'ask') {
    await prompt.ask({
      message: `Type the environment's name (${environment}) to lose this`,
      flag: '--allow-replace ADDRESS',
      check: (answer) => (answer === environment ? undefined : `must be ${environment}`),
    });
    return;
  }
  throw refused({
    code: 'DATA_LOSS_REFUSED',
    message: `The plan of ${stack} would lose data, and nothing of it was applied: ${losses.map(({ address, lost }) => `${address} (${lost})`).join('; ')}.`,
    hint: `If it may go, add ${losses.map(({ address }) => `--allow-replace ${address}`).join(' ')}.`,
    details: { losses },
  });
};
