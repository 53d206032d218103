import { usageError } from '../errors/errors.ts';

/** A flag as data; its name on the command line is its key in kebab case. */
export interface Flag<T> {
  readonly about: string;
  /** Placeholder of the value; absent: the flag is a switch. */
  readonly value?: string;
  /** Its values add up to an array. */
  readonly many?: true;
  readonly required?: true;
  readonly choices?: readonly string[];
  /** Turns the text into the value, or throws a usage error. */
  readonly parse?: (text: string, flag: string) => unknown;
  /** Type of the value, never set. */
  readonly type?: T;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;
/** What a command is called with. */
export type Given<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

export const toggle = (about: string): Flag<boolean> => ({ about });

export const text = (value: string, about: string): Flag<string | undefined> => ({
  value,
  about,
  parse: (given, flag) => {
    if (given.trim() !== '') return given;
    throw invalidFlag(flag, given, 'must not be empty');
  },
});

export const texts = (value: string, about: string): Flag<readonly string[]> => ({
  value,
  about,
  many: true,
});

/** Words separated by commas. */
export const words = (value: string, about: string): Flag<readonly string[] | undefined> => ({
  value,
  about,
  parse: (given) =>
    given
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
});

export const oneOf = <const C extends string>(choices: readonly C[], about: string): Flag<C | undefined> => ({
  value: choices.join('|'),
  about,
  choices,
});

export const day = (about: string): Flag<string | undefined> => ({
  value: 'YYYY-MM-DD',
  about,
  parse: parseDay,
});

/** A whole number of at least 1. */
export const count = (about: string): Flag<number | undefined> => ({
  value: 'N',
  about,
  parse: (given, flag) => {
    if (/^[1-9]\d{0,5}$/.test(given)) return Number(given);
    throw invalidFlag(flag, given, 'must be a whole number of at least 1');
  },
});

/** An amount above zero. */
export const amount = (about: string): Flag<number | undefined> => ({
  value: 'USD',
  about,
  parse: (given, flag) => {
    if (/^\d+(\.\d+)?$/.test(given) && Number(given) > 0) return Number(given);
    throw invalidFlag(flag, given, 'must be a number above zero');
  },
});

export const required = <T>(flag: Flag<T>): Flag<Exclude<T, undefined>> =>
  ({ ...flag, required: true }) as Flag<Exclude<T, undefined>>;

/** `deleteData` to `--delete-data`. */
export const flagName = (key: string): string =>
  `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** @throws FLAG_INVALID on anything that isn't a day of the calendar */
const parseDay = (given: string, flag: string): string => {
  const instant = new Date(`${given}T00:00:00Z`);
  const real =
    /^\d{4}-\d{2}-\d{2}$/.test(given) &&
    !Number.isNaN(instant.getTime()) &&
    instant.toISOString().startsWith(given);
  if (real) return given;
  throw invalidFlag(flag, given, 'must be a day of the calendar as YYYY-MM-DD');
};

export const invalidFlag = (flag: string, given: string, rule: string) =>
  usageError({
    code: 'FLAG_INVALID',
    message: `${flag} ${JSON.stringify(given)}: ${rule}`.replace(/([^.?])$/, '$1.'),
    hint: `Give ${flag} another value.`,
    details: { flag, given },
  });
