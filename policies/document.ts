/**
 * Policy documents as AWS reads them. Actions are written in this folder and nowhere else, so that
 * reading the folder answers what anything of an environment may do.
 */

type Values = string | readonly string[];

/** One statement, in AWS's own words. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?:
    '*' | Readonly<Record<'AWS' | 'Service', Values> | Record<'AWS', Values> | Record<'Service', Values>>;
  readonly Action: Values;
  readonly Resource?: Values;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
}

/**
 * @returns the document as JSON. A statement that names no resource grants nothing and is left out,
 * because AWS refuses an empty list.
 */
export const policyDocument = (...statements: readonly Statement[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.filter(({ Resource }) => !Array.isArray(Resource) || Resource.length > 0),
  });
