/**
 * How far a file may expand: real logs reach 30 to 1, deflate itself 1032 to 1. The ratio is judged once a
 * file has grown past a size that harms nobody; the absolute limit holds for any ratio.
 */
const MAX_RATIO = 200;
const RATIO_FROM_BYTES = 32 << 20;
const MAX_BYTES = 8 * 2 ** 30;

/**
 * Whether a file is a bomb, as far as it was read.
 * @param bytesIn of the file as it is stored
 * @param bytesOut that came of them
 */
export const expandsTooFar = (bytesIn: number, bytesOut: number): boolean =>
  bytesOut > MAX_BYTES || (bytesOut > RATIO_FROM_BYTES && bytesOut > MAX_RATIO * bytesIn);

/** What is wrong with a bomb, as the rest of a sentence that begins with the file's name. */
export const TOO_FAR = `expands beyond ${MAX_RATIO} times its size or ${MAX_BYTES / 2 ** 30} GiB`;

/** What an error of gunzip says about the file; undefined for any other error. `why` is as `TOO_FAR` is. */
export const gzipFlaw = (
  error: unknown,
): { readonly code: 'GZIP_TRUNCATED' | 'GZIP_DAMAGED'; readonly why: string } | undefined => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_') !== true) return undefined;
  return code === 'Z_BUF_ERROR'
    ? { code: 'GZIP_TRUNCATED', why: 'ends in the middle of its gzip data' }
    : { code: 'GZIP_DAMAGED', why: `holds damaged gzip data (${message})` };
};
