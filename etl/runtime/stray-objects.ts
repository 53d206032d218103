import type { UnitPorts, UnitResult, UtcDate } from './stage.ts';

/**
 * Objects whose names tell no day. Every day's run looks at them, as each may hold rows of its day; what is wrong
 * with them must not fail every day for ever. The run that meets one first notes its day down and tells.
 */

interface Stray {
  readonly etag: string;
  readonly date: UtcDate;
}

/**
 * Which day's run tells what is wrong with an object: the first that met it in this version.
 * @param notes `<bucket>/<prefix>` that the stage reads and writes, for what is noted down
 * @param source `<bucket>/<prefix>` of the object, below which it is `name`
 * @param date of the run that asks, which notes itself down when it is the first
 */
export const dayThatTells = async (
  notes: string,
  source: string,
  name: string,
  date: UtcDate,
  ports: UnitPorts,
): Promise<UtcDate> => {
  const note = `${name}.json`;
  const etag = (await ports.reads(source).head(name))?.etag ?? '';
  if ((await ports.reads(notes).head(note)) !== undefined) {
    const known = JSON.parse((await ports.reads(notes).bytes(note)).toString()) as Stray;
    if (known.etag === etag) return known.date;
  }
  const stray: Stray = { etag, date };
  await ports.writes(notes).put(note, `${JSON.stringify(stray)}\n`, { lasting: true });
  return date;
};

/** What a run has of an object that another day's run has told to be unusable. */
export const toldBy = (date: UtcDate, name: string): UnitResult => ({
  rowsIn: 0,
  rowsOut: 0,
  notes: [`${name} can't be read, as the run of ${date} tells, which met it first; its name tells no day.`],
});
