import { interrupted, usageError } from '../errors/errors.ts';

export interface Question {
  readonly message: string;
  /** How it is answered without being asked: `--account ID`. */
  readonly flag: string;
  /** The answer where none is given; looked up only then. */
  readonly default?: string | (() => Promise<string | undefined>);
  readonly choices?: readonly string[];
  /** Several of the choices, separated by commas. */
  readonly many?: boolean;
  /** Typed without being shown. */
  readonly secret?: boolean;
  /** @returns what is wrong with the answer, or undefined */
  readonly check?: (answer: string) => string | undefined;
}

/** `ask`: a person is there. `defaults`: `--yes`. `refuse`: nobody is there and nobody said `--yes`. */
export type PromptMode = 'ask' | 'defaults' | 'refuse';

/** Asks the person. Never waits where nobody can answer. */
export interface Prompt {
  readonly mode: PromptMode;
  /** @throws ANSWER_MISSING, INTERRUPTED */
  ask(question: Question): Promise<string>;
  /** True at once with `--yes`. @throws ANSWER_MISSING, INTERRUPTED */
  confirm(message: string): Promise<boolean>;
}

/** Questions of inquirer; an abort takes the open one away. */
const questioner = async (signal: AbortSignal | undefined) => {
  const { default: inquirer } = await import('inquirer');
  return inquirer.createPromptModule(signal === undefined ? {} : { signal });
};
type Questioner = Awaited<ReturnType<typeof questioner>>;

/** @param signal an interrupt that does not come from the keyboard ends the open question as Ctrl-C does */
export const createPrompt = (mode: PromptMode, signal?: AbortSignal): Prompt => ({
  mode,
  ask: async (question) => {
    const preset = typeof question.default === 'function' ? await question.default() : question.default;
    if (mode === 'ask') return await asked(await questioner(signal), question, preset);
    if (mode === 'defaults' && preset !== undefined) return preset;
    const defaults = preset === undefined ? '' : ', or take the defaults with --yes';
    throw unanswered(question.message, `${question.flag}${defaults}`);
  },
  confirm: async (message) => {
    if (mode === 'defaults') return true;
    if (mode === 'refuse') throw unanswered(message, '--yes');
    const prompt = await questioner(signal);
    const { answer } = await gone(
      prompt<{ answer: boolean }>([{ type: 'confirm', name: 'answer', message, default: false }]),
    );
    return answer;
  },
});

const asked = async (prompt: Questioner, question: Question, preset: string | undefined): Promise<string> => {
  const name = 'answer';
  const { message, choices, many, secret } = question;
  const validate = (given: string): true | string => question.check?.(given) ?? true;
  if (choices !== undefined && many === true) {
    const chosen = preset?.split(',') ?? [];
    const { answer } = await gone(
      prompt<{ answer: string[] }>([
        {
          type: 'checkbox',
          name,
          message,
          required: true,
          choices: choices.map((value) => ({ value, name: value, checked: chosen.includes(value) })),
        },
      ]),
    );
    return answer.join(',');
  }
  if (choices !== undefined) {
    const { answer } = await gone(
      prompt<{ answer: string }>([{ type: 'select', name, message, choices: [...choices], default: preset }]),
    );
    return answer;
  }
  const { answer } = await gone(
    prompt<{ answer: string }>([
      secret === true
        ? { type: 'password', name, message, mask: true, validate }
        : { type: 'input', name, message, default: preset, validate },
    ]),
  );
  return answer;
};

/** @param answer how the question can be answered */
export const unanswered = (message: string, answer: string) =>
  usageError({
    code: 'ANSWER_MISSING',
    message: `"${message}" has no answer, and nobody can be asked.`,
    hint: `Answer it with ${answer}.`,
    details: { question: message },
  });

/** Ctrl-C at a question, or another interrupt. */
const gone = async <T>(prompt: Promise<T>): Promise<T> => {
  try {
    return await prompt;
  } catch (error) {
    if (error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name)) {
      throw interrupted({
        code: 'INTERRUPTED',
        message: 'Interrupted at a question; nothing was changed by it.',
        hint: 'Run the same command again.',
        cause: error,
      });
    }
    throw error;
  }
};
