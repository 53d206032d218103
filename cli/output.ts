import { stripVTControlCharacters, styleText } from 'node:util';

export type Style = (format: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

/** What work in progress may say of itself. */
export interface Step {
  /** What is being done now. */
  note(line: string): void;
}

/** The one owner of the terminal. Only what is written here reaches it. */
export interface Output {
  readonly style: Style;
  /** The result of the command, on stdout. */
  result(text: string): void;
  /** One line of progress. */
  event(line: string): void;
  /** Something that a person should know although the work goes on; always on stderr. */
  warn(line: string): void;
  /** Shown with `--verbose` alone. */
  detail(line: string): void;
  /** Work with a title: a spinner on a terminal, else one line an event. */
  step<T>(title: string, work: (step: Step) => Promise<T>): Promise<T>;
}

export interface OutputOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly environment: NodeJS.ProcessEnv;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

export const createOutput = (options: OutputOptions): Output => {
  const { stdout, stderr, environment, json, quiet, verbose } = options;
  const progress = json ? stderr : stdout;
  // A terminal that is 0 columns wide says of itself that it can't be drawn on.
  const drawable = progress.isTTY && progress.columns !== 0;
  const rich = drawable && environment['TERM'] !== 'dumb' && !environment['CI'] && !json;
  const colored = options.color && !environment['NO_COLOR'];
  const style: Style = (format, text) =>
    colored && stdout.isTTY ? styleText(format, text, { validateStream: false }) : text;
  const line = (stream: NodeJS.WriteStream, text: string): void => {
    stream.write(`${colored && stream.isTTY ? text : stripVTControlCharacters(text)}\n`);
  };
  const event = (text: string): void => {
    if (!quiet) line(progress, text);
  };
  return {
    style,
    result: (text) => line(stdout, text),
    event,
    warn: (text) => line(stderr, text),
    detail: (text) => {
      if (verbose) line(progress, text);
    },
    step: async (title, work) => {
      if (quiet) return await work({ note: () => undefined });
      return rich && !verbose && colored ? await listed(title, work) : await plain(title, work, event);
    },
  };
};

const plain = async <T>(
  title: string,
  work: (step: Step) => Promise<T>,
  event: (line: string) => void,
): Promise<T> => {
  event(`${title} ...`);
  const started = performance.now();
  const result = await work({ note: (line) => event(`${title}: ${line}`) });
  event(`${title}: done (${duration(performance.now() - started)})`);
  return result;
};

const listed = async <T>(title: string, work: (step: Step) => Promise<T>): Promise<T> => {
  const { Listr, PRESET_TIMER } = await import('listr2');
  const results: T[] = [];
  await new Listr(
    [
      {
        title,
        task: async (_, task) => {
          results.push(await work({ note: (line) => (task.output = line) }));
        },
        rendererOptions: { outputBar: 3, timer: PRESET_TIMER },
      },
    ],
    { registerSignalListeners: false },
  ).run();
  return results[0] as T;
};

/** `850 ms`, `12.3 s`, `2 min 5 s`. @param milliseconds at least 0 */
export const duration = (milliseconds: number): string => {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};
