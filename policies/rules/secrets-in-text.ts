/** What a secret looks like in clear text. */

const KNOWN: readonly (readonly [string, RegExp])[] = [
  ['an AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a GitHub token', /\bgh[pousr]_[0-9A-Za-z]{30,}/],
  ['a Slack token', /\bxox[abprs]-[0-9A-Za-z-]{10,}/],
  ['a Google API key', /\bAIza[0-9A-Za-z_-]{35}/],
  ['a Stripe key', /\b[rs]k_live_[0-9A-Za-z]{16,}/],
  ['a JSON web token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}/],
  ['a password in a URL', /:\/\/[^/\s:@"',]+:[^/\s:@"',]+@/],
];

/** A run of characters long and random enough to be a key: bits for each character. */
const RANDOM = { run: /[0-9A-Za-z+_=-]{32,}/g, bits: 4.2 };
/** Hashes and ids: half the alphabet, known form. */
const HARMLESS = /^(?:[0-9a-f]+|[0-9a-f-]{36})$/i;

const entropy = (value: string): number => {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  return -[...counts.values()].reduce(
    (sum, count) => sum + (count / value.length) * Math.log2(count / value.length),
    0,
  );
};

const looksRandom = (run: string): boolean =>
  !HARMLESS.test(run) &&
  [/[0-9]/, /[a-z]/, /[A-Z]/].every((kind) => kind.test(run)) &&
  entropy(run) > RANDOM.bits;

/** @returns what kind of secret the text holds, or undefined */
export const secretIn = (text: string): string | undefined =>
  KNOWN.find(([, form]) => form.test(text))?.[0] ??
  ((text.match(RANDOM.run) ?? []).some(looksRandom) ? 'a long random text' : undefined);

/** Names under which a secret is kept; not those of its address, as `secret_arn`. */
const SECRET_NAME = /(?:password|passwd|secret|token|api_?key|private_?key|credentials?)$/i;

export const namesSecret = (name: string): boolean => SECRET_NAME.test(name.replaceAll('-', '_'));
