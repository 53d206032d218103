import type { Logger } from '../etl/runtime/log.ts';
import type { Output } from './output.ts';

/** Log lines of stages as lines of the terminal: warnings and errors always, the rest with `--verbose`. */
export const loggerTo = (output: Output): Logger => {
  const line = (message: string, facts: Readonly<Record<string, unknown>> = {}): string =>
    [message, ...Object.entries(facts).map(([name, value]) => `${name}=${asText(name, value)}`)].join(' ');
  return {
    info: (message, facts) => output.detail(line(message, facts)),
    warn: (message, facts) => output.warn(line(message, facts)),
    error: (message, facts) => output.warn(line(message, facts)),
  };
};

const SECRET = /secret|password|token|authorization|credential/i;

const asText = (name: string, value: unknown): string => {
  if (SECRET.test(name)) return '***';
  return typeof value === 'string' ? value : JSON.stringify(value);
};
