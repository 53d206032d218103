import { parse } from 'lossless-json';

/** Numbers that a double may not hold, where a number can stand; rare in most arrays, in every event of others. */
const INEXACT = /[[:,\s]-?(?:[\d.]{16}|\d[\d.]*[eE])/u;
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\s*[,\]}])/gu;

const isHeldByDouble = (number: string): boolean => String(Number(number)) === number;

/**
 * The text of an object with the numbers of its own members in quotes.
 * @returns undefined when a number stands deeper that a double does not hold digit by digit
 */
const withQuotedNumbers = (text: string): string | undefined => {
  let depth = 0;
  let inexact = 0;
  const quoted = text.replace(TOKEN, (token) => {
    switch (token.charAt(0)) {
      case '"':
        return token;
      case '{':
      case '[':
        depth += 1;
        return token;
      case '}':
      case ']':
        depth -= 1;
        return token;
      default:
        if (depth === 1) return `"${token}"`;
        if (!isHeldByDouble(token)) inexact += 1;
        return token;
    }
  });
  return inexact === 0 ? quoted : undefined;
};

/**
 * Reads an object whose members are taken as texts: where one of its numbers is more than a double holds, its own
 * numbers come as texts or as `LosslessNumber`, with the digits that they were delivered with.
 * @throws SyntaxError
 */
export const parseExactly = (text: string): unknown => {
  if (!INEXACT.test(text)) return JSON.parse(text);
  const quoted = text.startsWith('{') ? withQuotedNumbers(text) : undefined;
  if (quoted !== undefined) {
    try {
      return JSON.parse(quoted);
    } catch {
      // What is wrong is told below, in the element's own words.
    }
  }
  return parse(text);
};
