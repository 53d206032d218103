import { shortHash } from '../runtime/fingerprint.ts';

/** Characters of a hash that name a file and its content; far more than there are files. */
const SHOWN = 32;

const NAME = /^[0-9a-f]{32}-([0-9a-f]{32})\.jsonl\.gz$/u;

/**
 * Name of the sums of one log file, by its key and its content.
 * @param sha256 of the file's bytes, in hexadecimal
 */
export const partialName = (key: string, sha256: string): string =>
  `${shortHash(key, SHOWN)}-${sha256.slice(0, SHOWN)}.jsonl.gz`;

/** Folder of the sums of an hour. @param hour `YYYY-MM-DD hh` */
export const hourFolder = (hour: string): string => {
  const [day, time] = hour.split(' ');
  return `date=${day}/hour=${time}/`;
};

/**
 * Tells the sums to be counted from those of a file that arrived again under another name.
 * @param names of one hour as `partialName` makes them, in order
 */
export const withoutRepeated = (
  names: readonly string[],
): { readonly counted: readonly string[]; readonly repeated: readonly string[] } => {
  const seen = new Set<string>();
  const counted: string[] = [];
  const repeated: string[] = [];
  for (const name of names) {
    const content = NAME.exec(name)?.[1] ?? name;
    (seen.has(content) ? repeated : counted).push(name);
    seen.add(content);
  }
  return { counted, repeated };
};
