/** Texts as tables can hold them: UTF-8 without NUL, no longer in bytes than the column is wide. */

const isContinuation = (byte: number | undefined): boolean => ((byte ?? 0) & 0xc0) === 0x80;

/** Where a piece of UTF-8 that begins at `from` ends: at most `width` bytes on, between two characters. */
const endOf = (bytes: Buffer, from: number, width: number): number => {
  let end = Math.min(from + width, bytes.length);
  if (end < bytes.length) while (isContinuation(bytes[end])) end -= 1;
  return end;
};

/** NUL, which tables can't hold, and halves of characters become the replacement character. */
export const storable = (text: string): string => {
  const whole = text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
  return whole.toWellFormed();
};

/** The longest beginning of at most `width` bytes that ends between two characters. */
export const cutTo = (text: string, width: number): string => {
  if (text.length * 3 <= width || Buffer.byteLength(text) <= width) return text;
  const bytes = Buffer.from(text);
  return bytes.toString('utf8', 0, endOf(bytes, 0, width));
};

/** A text in pieces of at most `width` bytes, cut between characters; together they are the text. */
export const slicesOf = (text: string, width: number): readonly string[] => {
  if (text.length * 3 <= width || Buffer.byteLength(text) <= width) return [text];
  const bytes = Buffer.from(text);
  const slices: string[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = endOf(bytes, from, width);
    slices.push(bytes.toString('utf8', from, end));
    from = end;
  }
  return slices;
};
