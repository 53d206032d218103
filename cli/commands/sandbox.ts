import { dirname, resolve } from 'node:path';
import { sandboxStatus, startSandbox, stopSandbox } from '../../sandbox/sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Invocation, Outcome } from '../command.ts';

/** The emulator belongs to the folder of the configuration, whether that file is written yet or not. */
const rootOf = ({ cwd, config }: Invocation): string => dirname(resolve(cwd, config));

export const start = async (invocation: Invocation): Promise<Outcome> => {
  const { output } = invocation;
  const root = rootOf(invocation);
  const sandbox = await output.step('Emulator', async (step) => {
    const started = await startSandbox({ root, onNote: (text) => output.warn(text) });
    step.note(`answers at ${started.endpoint}`);
    return started;
  });
  return {
    document: shown('running', sandbox),
    text: [
      `The emulator runs at ${sandbox.endpoint} (process ${sandbox.pid}).`,
      registryLine(sandbox),
      'To use it: peaches up --target sandbox',
      `From other tools: export AWS_ENDPOINT_URL=${sandbox.endpoint} AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing`,
    ].join('\n'),
  };
};

export const stop = async (invocation: Invocation): Promise<Outcome> => {
  const stopped = await stopSandbox({ root: rootOf(invocation) });
  return {
    document: { state: 'stopped', stopped },
    text: stopped ? 'The emulator is stopped; what it held is gone.' : 'The emulator was not running.',
  };
};

export const status = async (invocation: Invocation): Promise<Outcome> => {
  const found = await sandboxStatus({ root: rootOf(invocation) });
  if (found.state === 'stopped') {
    return {
      document: { state: 'stopped' },
      text: 'The emulator is not running. Start it: peaches sandbox start',
    };
  }
  const { endpoint, pid, startedAt } = found.sandbox;
  return {
    document: shown(found.state, found.sandbox),
    text:
      found.state === 'running'
        ? `The emulator runs at ${endpoint} (process ${pid}) since ${startedAt}.\n${registryLine(found.sandbox)}`
        : `The emulator of ${startedAt} no longer answers. Start it again: peaches sandbox start`,
  };
};

const registryLine = ({ registry }: Sandbox): string =>
  registry === null
    ? 'Registry: not installed, so images are not pushed (apt-get install docker-registry, then sandbox stop and start).'
    : `Registry: takes images at ${registry.address}.`;

const shown = (state: string, { endpoint, port, pid, startedAt, log, registry }: Sandbox) => ({
  state,
  endpoint,
  port,
  pid,
  startedAt,
  log,
  registry: registry?.address ?? null,
});
