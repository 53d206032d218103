import { once } from 'node:events';
import { extract, type Extract, type Header } from 'tar-stream';
import { messageOf, PeachesError } from '../../errors/errors.ts';
import { fileFault } from '../runtime/file-faults.ts';

/** A file in an archive. Its content is to be read before the next is asked for. */
export interface Member {
  /** Its name without folders. */
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
}

/** More than any delivery has; one of nothing but headers would keep us busy for ever. */
const MOST_ENTRIES = 10_000;
const MOST_BYTES = 8 * 2 ** 30;

/** What macOS adds to archives: resource forks and folder settings. */
const FROM_MACOS = /^(?:\._.*|\.DS_Store)$/u;

const isUnsafe = (path: string): boolean =>
  /^[/\\]|^[A-Za-z]:|\\|\p{Cc}/u.test(path) || path.split('/').includes('..');

/** @throws UNSAFE_MEMBER, MEMBER_TOO_LARGE */
const assertSafe = (archive: string, { name, type, size }: Header): void => {
  const shown = JSON.stringify(name);
  if (isUnsafe(name))
    throw fileFault('UNSAFE_MEMBER', archive, `has a member whose name leads out of it: ${shown}`);
  if (type !== 'file' && type !== 'contiguous-file' && type !== 'directory')
    throw fileFault('UNSAFE_MEMBER', archive, `has a member that is no file: ${shown} is a ${type}`);
  if (size > MOST_BYTES)
    throw fileFault('MEMBER_TOO_LARGE', archive, `has a member of more than 8 GiB: ${shown}`);
};

/** Feeds the bytes of an archive to its reader, which gets their error if they have one. */
const feed = async (bytes: AsyncIterable<Buffer>, entries: Extract): Promise<void> => {
  const closed = once(entries, 'close').catch(() => undefined);
  try {
    for await (const chunk of bytes) {
      if (entries.destroyed) return;
      if (!entries.write(chunk)) await Promise.race([once(entries, 'drain'), closed]);
    }
    entries.end(null);
  } catch (error) {
    entries.destroy(error as Error);
  }
};

/** Errors of peaches and of the machine pass; what is left are those of the reader. */
const translated = (archive: string, error: unknown): unknown =>
  error instanceof PeachesError || (error as NodeJS.ErrnoException).code !== undefined
    ? error
    : fileFault('TAR_DAMAGED', archive, `is no whole tar archive (${messageOf(error)})`, error);

async function* contentOf(archive: string, entry: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* entry;
  } catch (error) {
    throw translated(archive, error);
  }
}

/**
 * The files of a tar archive in its order, without folders and what macOS adds. Nothing is written anywhere by
 * the name that a member has.
 * @param archive its name, for messages
 * @param bytes uncompressed
 * Errors: TAR_DAMAGED, UNSAFE_MEMBER, MEMBER_TOO_LARGE; those of the bytes pass unchanged
 */
export async function* archiveMembers(archive: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Member> {
  const entries = extract();
  const fed = feed(bytes, entries);
  let count = 0;
  try {
    for await (const entry of entries) {
      const { header } = entry;
      assertSafe(archive, header);
      count += 1;
      if (count > MOST_ENTRIES)
        throw fileFault('UNSAFE_MEMBER', archive, `has more than ${MOST_ENTRIES} members`);
      const name = header.name.slice(header.name.lastIndexOf('/') + 1);
      if (header.type === 'directory' || FROM_MACOS.test(name)) {
        entry.resume();
        continue;
      }
      yield { name, bytes: contentOf(archive, entry as AsyncIterable<Buffer>) };
    }
  } catch (error) {
    throw translated(archive, error);
  } finally {
    entries.destroy(null);
    await fed;
  }
}
