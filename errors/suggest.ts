/** @returns `" Did you mean X?"` when one of the words is close to what was given, else nothing */
export const didYouMean = (given: string, words: readonly string[]): string => {
  const [nearest] = words
    .map((word) => ({ word, away: editDistance(given.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, away }) => away <= Math.max(2, Math.floor(word.length / 3)))
    .sort((a, b) => a.away - b.away);
  return nearest === undefined ? '' : ` Did you mean ${nearest.word}?`;
};

/** Levenshtein distance: the fewest insertions, deletions and replacements that turn `a` into `b`. */
const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of Array.from(a).entries()) {
    const current = [row + 1];
    for (const [column, other] of Array.from(b).entries()) {
      current.push(
        Math.min(
          (previous[column + 1] ?? 0) + 1,
          (current[column] ?? 0) + 1,
          (previous[column] ?? 0) + (letter === other ? 0 : 1),
        ),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
};
