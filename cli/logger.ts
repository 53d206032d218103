import type { Logger } from '../etl/runtime/log.ts';
import type { Output } from './output.ts';

/** Log lines of stages as lines of the terminal: warnings and errors always, the rest with `--verbose`. */
export const loggerTo = (output: Output): Logger => ({
  info: (message, facts) => output.detail(logLine(message, facts)),
  warn: (message, facts) => output.warn(logLine(message, facts)),
  error: (message, facts) => output.warn(logLine(message, facts)),
});

/** `unit failed unit=a.gz reason=truncated` */
export const logLine = (message: string, facts: Readonly<Record<string, unknown>> = {}): string =>
  [message, ...Object.entries(facts).map(([name, value]) => `${name}=${asText(name, value)}`)].join(' ');

const SECRET = /secret|password|token|authorization|credential/i;

const asText = (name: string, value: unknown): string => {
  if (SECRET.test(name)) return '***';
  return typeof value === 'string' ? value : JSON.stringify(value);
};
