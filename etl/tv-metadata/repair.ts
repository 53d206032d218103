/**
 * Mends what the source is known to break: characters that are written twice. Done only when asked for,
 * since it also hides damage that has another cause.
 */

const DOUBLED: readonly (readonly [RegExp, string])[] = [
  [/\{\s*\{/gu, '{'],
  [/\[\s*\[/gu, '['],
  [/:\s*:/gu, ':'],
  [/,\s*,/gu, ','],
  [/\bt+r+u+e+\b/gu, 'true'],
  [/\bf+a+l+s+e+\b/gu, 'false'],
  [/\bn+u+l+l+\b/gu, 'null'],
  [/\b00+\b/gu, '0'],
];

const mendedPart = (part: string): string =>
  part.startsWith('"') ? part : DOUBLED.reduce((text, [what, by]) => text.replace(what, by), part);

const mended = (text: string): string =>
  (
    text
      // A doubled quote before or after a text; an empty text stands alone.
      .replace(/""(?=[^\s,:}\]"])/gu, '"')
      .replace(/(?<=[^\s,:{["\\])""/gu, '"')
      .match(/"(?:[^"\\\n]|\\.)*"|[^"]+|"/gu) ?? []
  )
    .map(mendedPart)
    .join('');

const isObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

/** @returns the one element that was meant, `''` when nothing but brackets and commas was too much, or undefined */
export const repaired = (damaged: string): string | undefined => {
  const text = damaged.replace(/[\s,]+$/u, '');
  if (/^[\s{}[\],:]*$/u.test(text)) return '';
  return [text, text.replace(/\s*\]$/u, '')].map(mended).find(isObject);
};

/** Names that a key may have been before one of its characters was written twice. */
export const undoubled = (key: string): readonly string[] =>
  Array.from(key, (_, index) => index)
    .filter((index) => index > 0 && key[index] === key[index - 1])
    .map((index) => key.slice(0, index) + key.slice(index + 1));
