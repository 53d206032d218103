import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

export type Entry = Pick<Header, 'name'> & Partial<Header> & { readonly content?: string | Buffer };

/** Equal entries give equal bytes, whenever they are packed. */
const MTIME = new Date('2026-01-15T06:00:00Z');

export const tar = async (entries: readonly Entry[]): Promise<Buffer> => {
  const stream = pack();
  for (const { content = '', ...header } of entries) stream.entry({ mtime: MTIME, ...header }, content);
  stream.finalize();
  return buffer(stream);
};

export const tgz = async (entries: readonly Entry[]): Promise<Buffer> => gzipSync(await tar(entries));

/** Two files, `people.csv` and `places.csv`, each with its header. */
export const filesOf = (people: string | Buffer, places = '1,Here\n'): readonly Entry[] => [
  { name: 'people.csv', content: typeof people === 'string' ? `ID,NAME,SEEN\n${people}` : people },
  { name: 'places.csv', content: `ID,NAME\n${places}` },
];

/** Parameters for archives of these two files. */
export const PARAMS = {
  doc: '\\.tgz',
  files: {
    people: {
      dbtable: 'people',
      columns: ['id', 'name', 'seen'],
      dateformat: [{ field: 'seen', format: '%d/%m/%Y %H:%M' }],
      types: { id: 'varchar(8)', name: 'varchar(20)' },
    },
    places: { dbtable: 'places', columns: ['id', 'name'], dtype_dic_ints: ['id'] },
  },
};
