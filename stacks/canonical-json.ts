/**
 * JSON with the keys of every object in order, so that a shuffled configuration gives the same bytes. A `{` in
 * which Terraform would see the beginning of a template is spelled by its number; JSON reads it back.
 */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ).replaceAll(/([$%])\{/gu, '$1\\u007b');
