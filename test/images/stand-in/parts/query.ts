export const query = async (sql: string): Promise<string> => {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create()).connect();
  return JSON.stringify((await connection.runAndReadAll(sql)).getRowObjectsJson());
};
