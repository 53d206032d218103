import { EXIT_CODES } from '../errors/errors.ts';
import { stopAll } from '../terraform/running.ts';

export interface Interrupts {
  /** Aborted by the first SIGINT or SIGTERM: what runs ends in order. */
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * The first interrupt asks what runs to end in order: Terraform gets one signal, saves its state and releases its
 * lock. The second stops Terraform and this process hard.
 * @param tell what the person is told
 * @param again the call that goes on from where this one stopped
 */
export const watchInterrupts = (tell: (line: string) => void, again: string): Interrupts => {
  const controller = new AbortController();
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) return;
    if (controller.signal.aborted) {
      stopping = true;
      tell('Stopping at once.');
      void stopAll().finally(() => {
        tell(`Stopped. What was being made is taken back by the next call: ${again}`);
        process.exit(EXIT_CODES.interrupted);
      });
      return;
    }
    tell('Interrupted: what runs is asked to end in order. Interrupt again to stop at once.');
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
};
