import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** A process of its own starts slowly where many tests run at once. */
const PROCESS_MS = 60_000;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'synth-process-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('the app as a process', () => {
  test(
    'synthesizes by environment variables, without credentials and without the whole provider',
    async () => {
      const config = {
        name: 'acme',
        environments: { dev: { account: '123456789012', region: 'us-east-1' } },
        feeds: { freewheel: { networkId: '171213' } },
      };
      await writeFile(join(root, 'peaches.config.json'), JSON.stringify(config));
      const report = join(root, 'report.cjs');
      await writeFile(
        report,
        `process.on('exit', () => process.stdout.write(JSON.stringify(Object.keys(require.cache))));`,
      );
      const { stdout } = await run(
        process.execPath,
        ['--require', report, '--import', require.resolve('tsx'), 'stacks/main.ts'],
        {
          env: {
            PATH: process.env['PATH'],
            HOME: root,
            PEACHES_CONFIG: join(root, 'peaches.config.json'),
            PEACHES_TARGET: 'sandbox',
            CDKTF_OUTDIR: join(root, 'cdktf.out'),
          },
        },
      );
      const loaded = JSON.parse(stdout) as string[];
      const provider = dirname(require.resolve('@cdktf/provider-aws/package.json'));
      expect(loaded).toContain(join(provider, 'lib', 's3-bucket', 'index.js'));
      expect(loaded).not.toContain(join(provider, 'lib', 'index.js'));
      expect(
        loaded.filter((file) => /duckdb|aws-sdk|etl\/freewheel\/(extract|slots|load)/.test(file)),
      ).toEqual([]);
      expect((await readdir(join(root, 'cdktf.out', 'stacks'))).sort()).toEqual([
        'acme-dev-foundation',
        'acme-dev-freewheel',
      ]);
    },
    PROCESS_MS,
  );
});
