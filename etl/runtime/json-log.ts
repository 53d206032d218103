import type { Logger } from './log.ts';

/** Names that promise a secret behind them. */
const SECRET_NAME =
  /pass(?:word|phrase)|secret|token|authorization|credential|cookie|api_?key|private_?key/iu;

/** Shorter values would mask half of every line. */
const SHORTEST_SECRET = 4;

export const MASK = '***';

export interface MaskingLogger extends Logger {
  /** From now on this text is masked wherever it turns up. */
  mask(secret: string): void;
}

/** Log lines as JSON: `{"time", "level", "message", ...facts}`. @param write takes one line with its end */
export const jsonLogger = (
  write: (line: string) => void,
  now: () => Date = () => new Date(),
): MaskingLogger => {
  const secrets = new Set<string>();

  const masked = (name: string, value: unknown): unknown => {
    if (SECRET_NAME.test(name) && value !== undefined && value !== null) return MASK;
    if (typeof value === 'bigint') return value.toString();
    if (value instanceof Error) return masked('', value.message);
    if (typeof value !== 'string') return value;
    return [...secrets].reduce((text, secret) => text.replaceAll(secret, MASK), value);
  };

  const log =
    (level: string) =>
    (message: string, facts: Readonly<Record<string, unknown>> = {}): void => {
      const line = { ...facts, time: now().toISOString(), level, message };
      write(`${JSON.stringify(line, masked)}\n`);
    };

  return {
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    mask(secret) {
      if (secret.length >= SHORTEST_SECRET) secrets.add(secret);
    },
  };
};
