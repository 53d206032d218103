/** Texts against the width of their columns, which is in bytes of UTF-8. */

/** Bytes of UTF-8 that a character of UTF-16 takes at most. */
const MOST_BYTES = 3;

export const fitsWidth = (text: string, width: number): boolean =>
  text.length * MOST_BYTES <= width || Buffer.byteLength(text) <= width;

const isContinuation = (byte: number | undefined): boolean => ((byte ?? 0) & 0xc0) === 0x80;

/** Where a piece of UTF-8 that begins at `from` ends: at most `width` bytes on, between two characters. */
const endOf = (bytes: Buffer, from: number, width: number): number => {
  let end = Math.min(from + width, bytes.length);
  if (end < bytes.length) while (isContinuation(bytes[end])) end -= 1;
  return end;
};

/** The longest beginning of at most `width` bytes that ends between two characters. */
export const cutTo = (text: string, width: number): string => {
  if (fitsWidth(text, width)) return text;
  const bytes = Buffer.from(text);
  return bytes.toString('utf8', 0, endOf(bytes, 0, width));
};

/** A text in pieces of at most `width` bytes, cut between characters; together they are the text. @param width from 4 */
export const slicesOf = (text: string, width: number): readonly string[] => {
  if (fitsWidth(text, width)) return [text];
  const bytes = Buffer.from(text);
  const slices: string[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = endOf(bytes, from, width);
    slices.push(bytes.toString('utf8', from, end));
    from = end;
  }
  return slices;
};
