import {
  GetObjectCommand,
  ListBucketsCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';

const ZIP_ENTRY = Buffer.from('PK\u0003\u0004');
const GZIP = Buffer.from([0x1f, 0x8b]);
const HEADER_BYTES = 30;

/** Entries of a zip file, as Terraform writes plans; those that aren't deflated stand in the file as they are. */
const entriesOf = (bytes: Buffer): Buffer[] => {
  const entries: Buffer[] = [];
  for (let at = bytes.indexOf(ZIP_ENTRY); at >= 0; at = bytes.indexOf(ZIP_ENTRY, at + 1)) {
    const begin = at + HEADER_BYTES + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    if (bytes.readUInt16LE(at + 8) === 8) entries.push(inflateRawSync(bytes.subarray(begin)));
  }
  return entries;
};

const holds = (bytes: Buffer, words: readonly string[]): boolean => {
  const expanded = bytes.subarray(0, 2).equals(GZIP) ? [gunzipSync(bytes)] : [];
  const zipped = bytes.subarray(0, 4).equals(ZIP_ENTRY) ? entriesOf(bytes) : [];
  return [bytes, ...expanded, ...zipped].some((part) => words.some((word) => part.includes(word)));
};

export interface Search {
  readonly searched: readonly string[];
  /** Those that hold one of the words. */
  readonly found: readonly string[];
}

/** Searches every file below a folder, compressed ones and saved plans expanded; what is linked in is left out. */
export const searchFolder = async (folder: string, words: readonly string[]): Promise<Search> => {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const searched = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  const found: string[] = [];
  for (const file of searched) if (holds(await readFile(file), words)) found.push(file);
  return { searched, found };
};

/** Searches every object of every bucket. */
export const searchBuckets = async (s3: S3Client, words: readonly string[]): Promise<Search> => {
  const searched: string[] = [];
  const found: string[] = [];
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  for (const { Name: Bucket } of Buckets) {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
      for (const { Key = '' } of Contents) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        const name = `${Bucket}/${Key}`;
        searched.push(name);
        if (holds(Buffer.from(await Body!.transformToByteArray()), words)) found.push(name);
      }
    }
  }
  return { searched, found };
};
