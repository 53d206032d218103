/**
 * Where reading can go on after damage. Nothing behind a damaged place can be trusted to be inside or
 * outside of a string, so the next place is known by how elements and arrays looked before: in a document
 * with line breaks by its indentation, in one without by the first key of an element.
 */

/** What was seen of the document so far. */
export interface Habits {
  /** White space before the last element and before the last first-level key. */
  readonly beforeElement: string | undefined;
  readonly beforeArray: string | undefined;
  /** The array that was being read, and the first key of its last good element. */
  readonly array: string | undefined;
  readonly firstKey: string | undefined;
  /** Whether a key can stand in an element of the array; asked only where nothing better is known. */
  isField(array: string, key: string): boolean;
  /** Whether it is the name of a first-level array that is expected. */
  isArray(name: string): boolean;
}

/** `at` is the offset of the element's `{`, or of the quote before the array's name. */
export interface Restart {
  readonly at: number;
  readonly kind: 'element' | 'array';
}

const hasLines = (space: string | undefined): space is string => space?.includes('\n') ?? false;

/** @param text one character a byte @param from offset in it to search from */
export const findRestart = (text: string, from: number, habits: Habits): Restart | undefined => {
  const { beforeElement, beforeArray, array, firstKey } = habits;
  const element = hasLines(beforeElement) ? `(?<=[^\\s]${beforeElement})` : '';
  const header = hasLines(beforeArray) ? `(?<=[^\\s]${beforeArray})` : '';
  const starts = new RegExp(`${element}\\{\\s*"([^"\\\\]*)"\\s*:|${header}"(\\w+)"\\s*:\\s*\\[`, 'gu');
  starts.lastIndex = from;
  for (let match = starts.exec(text); match !== null; match = starts.exec(text)) {
    const [, key, name] = match;
    if (name !== undefined) {
      const isOwnField = header === '' && array !== undefined && habits.isField(array, name);
      if (habits.isArray(name) && !isOwnField) return { at: match.index, kind: 'array' };
    } else if (key !== undefined && array !== undefined) {
      const fits = firstKey === undefined ? habits.isField(array, key) : key === firstKey;
      if (element !== '' || fits) return { at: match.index, kind: 'element' };
    }
    starts.lastIndex = match.index + 1;
  }
  return undefined;
};
