import { DuckDBInstance } from '@duckdb/node-api';

export const query = async (sql: string): Promise<unknown> => {
  const connection = await (await DuckDBInstance.create()).connect();
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
};
