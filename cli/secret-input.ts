import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { usageError } from '../errors/errors.ts';
import type { Stdin } from './command.ts';
import { unanswered } from './prompt.ts';
import type { Prompt } from './prompt.ts';
import type { DeclaredSecret } from './secret-values.ts';

/** Silence on standard input after which nobody is taken to be there. */
const PATIENCE_MILLISECONDS = 10_000;

/** Asks for each field of a secret, unseen. */
export const askedFields = async (
  prompt: Prompt,
  { declaration }: DeclaredSecret,
): Promise<Record<string, string>> => {
  const fields: Record<string, string> = {};
  for (const field of declaration.fields) {
    fields[field] = await prompt.ask({
      message: `${declaration.title}: ${field}`,
      flag: 'JSON on standard input',
      secret: true,
      check: (answer) => (answer === '' ? 'must not be empty' : undefined),
    });
  }
  return fields;
};

/**
 * Reads the fields of a secret as JSON.
 * @param patience milliseconds of silence to wait for
 * @throws SECRET_INVALID, which never repeats what was read; ANSWER_MISSING when nothing comes
 */
export const readFields = async (
  stdin: Stdin,
  secret: DeclaredSecret,
  patience = PATIENCE_MILLISECONDS,
): Promise<Record<string, string>> => {
  const given = await textWithin(stdin, patience);
  if (given?.trim()) return fieldsIn(given, secret);
  throw unanswered(secret.declaration.title, `JSON on standard input: ${exampleOf(secret)}`);
};

/** @returns undefined when the input stays silent for that long without ending */
const textWithin = async (stdin: Stdin, patience: number): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  const input = stdin[Symbol.asyncIterator]();
  for (;;) {
    const waiting = new AbortController();
    const silence = sleep(patience, undefined, { signal: waiting.signal }).catch(() => undefined);
    const next = await Promise.race([input.next(), silence]);
    waiting.abort();
    if (next === undefined) return undefined;
    if (next.done === true) return Buffer.concat(chunks).toString('utf8');
    chunks.push(Buffer.from(next.value as Uint8Array));
  }
};

const exampleOf = ({ name }: DeclaredSecret): string => `peaches secrets set ${name} < file.json`;

const fieldsIn = (given: string, secret: DeclaredSecret): Record<string, string> => {
  const { name, declaration } = secret;
  const schema = z.strictObject(
    Object.fromEntries(declaration.fields.map((field) => [field, z.string().min(1)])),
  );
  try {
    return schema.parse(JSON.parse(given));
  } catch {
    throw usageError({
      code: 'SECRET_INVALID',
      message: `Standard input for ${name} is no JSON object with exactly the fields ${declaration.fields.join(', ')}, each a text.`,
      hint: `For example: ${exampleOf(secret)}`,
      details: { secret: name, fields: declaration.fields },
    });
  }
};
