/**
 * Dates and times by the codes of Python's strptime. Without a zone in the text they are UTC.
 * Source: the table of format codes in the documentation of Python's module datetime.
 */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const FULL_MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october'],
  ...['november', 'december'],
];

const CODES: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  y: '(?<y>\\d{2})',
  m: '(?<m>1[0-2]|0?[1-9])',
  b: `(?<b>${MONTHS.join('|')})`,
  B: `(?<B>${FULL_MONTHS.join('|')})`,
  d: '(?<d>3[01]|[12]\\d|0?[1-9])',
  H: '(?<H>2[0-3]|[01]?\\d)',
  I: '(?<I>1[0-2]|0?[1-9])',
  p: '(?<p>[ap]m)',
  M: '(?<M>[0-5]?\\d)',
  S: '(?<S>[0-5]?\\d)',
  f: '(?<f>\\d{1,6})',
  z: '(?<z>Z|[+-]\\d{2}:?[0-5]\\d)',
  '%': '%',
};

/** @returns what is wrong with a format, if anything is */
export const timeFormatProblem = (format: string): string | undefined => {
  const codes = [...format.matchAll(/%(.?)/gsu)].map(([, code = '']) => code);
  const unknown = codes.find((code) => !Object.hasOwn(CODES, code));
  if (unknown !== undefined)
    return `%${unknown} is none of ${Object.keys(CODES)
      .map((code) => `%${code}`)
      .join(', ')}`;
  const used = codes.filter((code) => code !== '%');
  if (new Set(used).size < used.length) return 'names a part twice';
  const has = (...some: readonly string[]): boolean => some.some((code) => used.includes(code));
  return has('Y', 'y') && has('m', 'b', 'B') && has('d') ? undefined : 'lacks year, month or day';
};

/** @returns `YYYY-MM-DD hh:mm:ss.ffffff` in UTC, or undefined when the text is not in the format */
export type TimeReader = (text: string) => string | undefined;

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Two digits of a year, as POSIX has them: 69 to 99 are of the last century. */
const century = (year: number): number => year + (year < 69 ? 2000 : 1900);

const monthOf = ({ m, b, B }: Groups): number => {
  if (m !== undefined) return Number(m);
  return (
    1 + (b === undefined ? FULL_MONTHS.indexOf((B ?? '').toLowerCase()) : MONTHS.indexOf(b.toLowerCase()))
  );
};

const hourOf = ({ H, I, p }: Groups): number => {
  if (I === undefined) return Number(H ?? 0);
  return (Number(I) % 12) + (p?.toLowerCase() === 'pm' ? 12 : 0);
};

/** Minutes ahead of UTC. */
const offsetOf = (zone: string): number => {
  if (zone === 'Z' || zone === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
};

type Groups = Readonly<Partial<Record<string, string>>>;

const two = (number: number): string => (number < 10 ? `0${number}` : String(number));

/** @param format one in which `timeFormatProblem` finds nothing wrong */
export const timeReader = (format: string): TimeReader => {
  const source = format.replaceAll(/%(.)|[\\^$.*+?()[\]{}|/]/gsu, (found, code?: string) =>
    code === undefined ? `\\${found}` : (CODES[code] ?? found),
  );
  const shape = new RegExp(`^${source}$`, 'iu');
  return (text) => {
    const groups = shape.exec(text)?.groups as Groups | undefined;
    if (groups === undefined) return undefined;
    const year = groups['Y'] === undefined ? century(Number(groups['y'])) : Number(groups['Y']);
    const month = monthOf(groups);
    const day = Number(groups['d']);
    if (year < 1 || day > (day > 28 ? daysIn(year, month) : 28)) return undefined;
    const clock = `${two(hourOf(groups))}:${two(Number(groups['M'] ?? 0))}:${two(Number(groups['S'] ?? 0))}`;
    const fraction = (groups['f'] ?? '').padEnd(6, '0');
    const plain = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)} ${clock}`;
    const zone = groups['z'];
    if (zone === undefined || offsetOf(zone) === 0) return `${plain}.${fraction}`;
    const at = Date.parse(`${plain.replace(' ', 'T')}Z`) - offsetOf(zone) * 60_000;
    return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}.${fraction}`;
  };
};
