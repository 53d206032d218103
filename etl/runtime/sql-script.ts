/**
 * SQL that a person wrote, to be run within a transaction of ours: taken apart by the quoting that Redshift
 * and DuckDB have in common, and refused where they differ or where it would end the transaction.
 */

/** A statement without comments and without its semicolon. */
interface Statement {
  readonly text: string;
  /** Line on which it begins, from 1. */
  readonly line: number;
}

const PIECES: Readonly<Record<string, RegExp>> = {
  comment: /--[^\n]*|\/\*(?:(?!\/\*|\*\/)[^])*\*\//uy,
  text: /'(?:[^'\\\0]|'')*'/uy,
  name: /"(?:[^"\0]|"")*"/uy,
  end: /;/uy,
  word: /[\p{L}_][\p{L}\p{N}_]*/uy,
  other: /\s+|-(?!-)|\/(?!\*)|[^\s\p{L}_'"\\$;/\0-]/uy,
};

const UNREADABLE =
  'holds a quote or a comment that does not end, or a backslash or a dollar sign, which databases read differently (chr(92) and chr(36) make them)';

const lineAt = (script: string, offset: number): number => script.slice(0, offset).split('\n').length;

/** @returns its statements and its names, or where it can't be read */
const parsed = (script: string) => {
  const statements: Statement[] = [];
  const names: { readonly name: string; readonly line: number }[] = [];
  let [text, begins] = ['', 0];
  const finish = (): void => {
    if (text.trim() !== '') statements.push({ text: text.trim(), line: lineAt(script, begins) });
    text = '';
  };
  for (let at = 0; at < script.length;) {
    const piece = Object.entries(PIECES).flatMap(([kind, shape]) => {
      shape.lastIndex = at;
      const found = shape.exec(script)?.[0];
      return found === undefined ? [] : [{ kind, found }];
    })[0];
    if (piece === undefined) return { line: lineAt(script, at) };
    const { kind, found } = piece;
    if (kind === 'word' || kind === 'name')
      names.push({ name: found.replaceAll('"', '').toLowerCase(), line: lineAt(script, at) });
    if (kind === 'end') finish();
    else {
      if (text.trim() === '') begins = at;
      text += kind === 'comment' ? ' ' : found;
    }
    at += found.length;
  }
  finish();
  return { statements, names };
};

/** What may begin a statement: all of it is undone with the transaction, in every warehouse. */
const PERMITTED =
  /^(?:INSERT|UPDATE|DELETE|MERGE|SELECT|WITH|CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:LOCAL\s+)?TEMP(?:ORARY)?\s+)?(?:TABLE|VIEW)|DROP\s+(?:TABLE|VIEW))\b/iu;

const ENDS_TRANSACTION =
  /^(?:BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE|TRUNCATE|VACUUM|CALL)\b/iu;

/** Tables in which the warehouse keeps its own books. */
const OWN = /^peaches_/u;

const problemOf = ({ text, line }: Statement): string | undefined => {
  if (PERMITTED.test(text)) return undefined;
  const word = /^\S*/u.exec(text)?.[0].toUpperCase();
  return ENDS_TRANSACTION.test(text)
    ? `line ${line}: ${word} begins or ends a transaction, or may; all statements run in the one that loads the tables`
    : `line ${line}: a statement begins with ${word}; it may be INSERT, UPDATE, DELETE, MERGE, SELECT, WITH, or CREATE or DROP of a table or a view`;
};

/** @returns what is wrong with a script, with its line, if anything is */
export const scriptProblem = (script: string): string | undefined => {
  const { line, statements = [], names = [] } = parsed(script);
  if (line !== undefined) return `line ${line} ${UNREADABLE}`;
  if (statements.length === 0) return 'holds no statement';
  const own = names.find(({ name }) => OWN.test(name));
  if (own !== undefined) return `line ${own.line}: ${own.name} is a table of the warehouse's own`;
  return statements.map(problemOf).find((problem) => problem !== undefined);
};

/** The statements of a script in which `scriptProblem` finds nothing wrong, one by one and without comments. */
export const scriptStatements = (script: string): readonly string[] =>
  (parsed(script).statements ?? []).map(({ text }) => text);
