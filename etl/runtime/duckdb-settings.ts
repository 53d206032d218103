/** How DuckDB is opened: within a fixed share of memory, beyond which it spills to disk, and without any network. */
export const duckDbSettings = (limits: {
  readonly memoryMB: number;
  readonly threads: 1 | 2;
}): Record<string, string> => ({
  threads: String(limits.threads),
  memory_limit: `${limits.memoryMB}MB`,
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
});
