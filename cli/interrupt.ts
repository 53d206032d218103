export interface Interrupts {
  /** Aborted by the first SIGINT or SIGTERM: what runs ends in order. */
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * The first interrupt asks what runs to end in order; the second ends this process at once. Terraform is a
 * process of its own and even then saves its state and releases its lock.
 * @param tell what the person is told
 * @param again the call that goes on from where this one stopped
 */
export const watchInterrupts = (tell: (line: string) => void, again: string): Interrupts => {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) {
      tell(`Stopped. A Terraform that still runs saves its state by itself. To go on: ${again}`);
      process.exit(130);
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
