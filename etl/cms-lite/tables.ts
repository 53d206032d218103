import type { TableDeclaration } from '../table.ts';
import { fileSpecs } from './file-spec.ts';
import type { CmsLiteParams } from './params.ts';

/** The tables that the parameters name, by the file that fills them. */
export const cmsLiteTables = (params: CmsLiteParams): Readonly<Record<string, TableDeclaration>> =>
  Object.fromEntries(fileSpecs(params).map(({ name, table }) => [name, table]));
