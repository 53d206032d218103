import { DuckDBInstance } from '@duckdb/node-api';

export const query = async (sql: string): Promise<string> => {
  const connection = await (await DuckDBInstance.create()).connect();
  return JSON.stringify((await connection.runAndReadAll(sql)).getRowObjectsJson());
};
