import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { main } from '../../cli/main.ts';

export interface Told {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls the command line in this process, without a terminal. @param input what stdin holds */
export const call = async (
  argv: readonly string[],
  cwd = '/nonexistent',
  input: readonly string[] = [],
): Promise<Told> => {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const status = await main({
    argv,
    stdin: Readable.from(input),
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    environment: {},
    cwd,
  });
  stdout.end();
  stderr.end();
  return { status, stdout: await text(stdout), stderr: await text(stderr) };
};

/** The one document on stdout. Throws when it isn't one. */
export const documentOf = ({ stdout }: Told): unknown => JSON.parse(stdout);
