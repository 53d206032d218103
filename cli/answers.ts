import { z } from 'zod';
import { namesFile } from '../config/text-files.ts';
import { usageError } from '../errors/errors.ts';
import type { FeedDeclaration } from '../etl/feed.ts';
import { didYouMean } from '../errors/suggest.ts';
import type { Question } from './prompt.ts';

/** Values of feed parameters as `--set FEED.PARAM=VALUE` gives them: by feed, by parameter. */
export type ParamTexts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** @throws SET_INVALID on anything that isn't `FEED.PARAM=VALUE` */
export const parseSettings = (settings: readonly string[]): ParamTexts => {
  const found: Record<string, Record<string, string>> = {};
  for (const setting of settings) {
    const [, feed, param, value] = /^([a-z0-9-]+)\.([A-Za-z0-9_]+)=(.*)$/s.exec(setting) ?? [];
    if (feed === undefined || param === undefined || value === undefined) {
      throw usageError({
        code: 'SET_INVALID',
        message: `--set takes FEED.PARAM=VALUE, not ${JSON.stringify(setting)}.`,
        hint: 'For example --set freewheel.networkId=171213.',
        details: { setting },
      });
    }
    (found[feed] ??= {})[param] = value;
  }
  return found;
};

/** One parameter of a feed, as its declaration's schema describes it. */
export interface Param {
  readonly name: string;
  readonly required: boolean;
  /** What the schema takes where nothing is given. */
  readonly default: unknown;
  readonly question: Question;
  /** Turns an answer into the value for the configuration. */
  readonly value: (answer: string) => unknown;
}

interface Property {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly items?: Property;
}

/** The questions of a feed, derived from its parameters' schema. */
export const paramsOf = (feed: FeedDeclaration): Param[] => {
  const { properties = {}, required = [] } = z.toJSONSchema(feed.params, { io: 'input' }) as {
    readonly properties?: Readonly<Record<string, Property>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    required: required.includes(name),
    default: property.default,
    question: {
      message: `${feed.name}: ${property.description ?? name}`,
      flag: `--set ${feed.name}.${name}=VALUE`,
      ...(property.default === undefined ? {} : { default: asText(property.default) }),
      ...(property.enum === undefined ? {} : { choices: property.enum }),
      check: (answer) => problemOf(feed, name, typed(property, answer)),
    },
    value: (answer) => typed(property, answer),
  }));
};

/** The values of `--set` for one feed, typed. @throws SET_UNKNOWN, SET_INVALID */
export const valuesOf = (
  feed: FeedDeclaration,
  texts: Readonly<Record<string, string>> = {},
): Record<string, unknown> => {
  const params = paramsOf(feed);
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const param = params.find((candidate) => candidate.name === name);
      if (param === undefined) {
        const names = params.map((candidate) => candidate.name);
        throw usageError({
          code: 'SET_UNKNOWN',
          message: `${feed.name} has no parameter ${name}.${didYouMean(name, names)}`,
          hint: `Parameters of ${feed.name}: ${names.join(', ')}.`,
          details: { feed: feed.name, parameter: name, parameters: names },
        });
      }
      const problem = param.question.check?.(text);
      if (problem !== undefined) {
        throw usageError({
          code: 'SET_INVALID',
          message: `--set ${feed.name}.${name} ${problem}.`,
          hint: param.question.message,
          details: { feed: feed.name, parameter: name },
        });
      }
      return [name, param.value(text)];
    }),
  );
};

const typed = (property: Property, answer: string): unknown => {
  switch (property.type) {
    case 'number':
    case 'integer':
      return answer.trim() === '' ? answer : Number(answer);
    case 'boolean':
      return answer === 'true' ? true : answer === 'false' ? false : answer;
    case 'array':
      return answer
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map((part) => typed(property.items ?? {}, part));
    default:
      return answer;
  }
};

const asText = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));

/** What the declaration says against one value, whatever the other parameters are; a file is read later. */
const problemOf = (feed: FeedDeclaration, name: string, value: unknown): string | undefined => {
  if (namesFile(feed, name, value)) return undefined;
  const result = feed.params.safeParse({ [name]: value });
  return result.error?.issues.find(({ path }) => path[0] === name)?.message;
};
