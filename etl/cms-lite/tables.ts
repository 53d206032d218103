import type { TableDeclaration } from '../table.ts';
import { fileSpecs, tablesOf } from './file-spec.ts';
import type { CmsLiteParams } from './params.ts';

/** The tables that the parameters name, by the file that fills them and their name. */
export const cmsLiteTables = (params: CmsLiteParams): Readonly<Record<string, TableDeclaration>> =>
  Object.fromEntries(
    fileSpecs(params).flatMap((spec) =>
      tablesOf(spec).map((table) => [`${spec.name} ${table.name}`, table] as const),
    ),
  );
