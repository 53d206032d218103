import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wiringOf } from '../../config/wiring.ts';
import { hostUserData } from '../../stacks/host/user-data.ts';
import { hostUnits } from '../../stacks/host/units.ts';
import { timerLines } from '../../stacks/on-calendar.ts';
import { pipelinePlan } from '../../stacks/pipeline-plan.ts';
import { dev, toy } from '../stacks/toy-feed.ts';
import { bootDebian, eventually, machineLack, type DebianMachine } from './host/debian-machine.ts';
import { describeWith, lackOf } from './support/prerequisites.ts';

jest.setTimeout(300_000);

const env = { ...dev, compute: 'ec2' as const };
const BUCKET = 'acme-dev-operations-123456789012';
const imageOf = (letter: string) => `registry.example/worker@sha256:${letter.repeat(64)}`;
const IMAGES = { one: imageOf('1'), two: imageOf('2') };
const EXPIRATION = new Date(Date.now() + 3_600_000).toISOString();

/** The distribution's packages: here they bring a Docker that notes what it is asked. */
const DNF = `#!/bin/sh
echo "dnf $*" >>/record/calls
cp /packages/docker /usr/bin/docker
printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' \\
  >/etc/systemd/system/docker.service
`;

/** Answers as AWS would: the bucket is a folder, a role is lent under its own name. */
const AWS = `#!/bin/sh
echo "aws $*" >>/record/calls
if [ "$1 $2" = 's3 sync' ]; then
  [ "$3 $4" = '--delete --only-show-errors' ] || exit 2
  rm -rf "$6"/*
  cp /s3/"\${5#s3://}"* "$6"
elif [ "$1 $2" = 'sts assume-role' ]; then
  printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "${EXPIRATION}"}' "$4"
fi
`;

/** Notes every call, of a run also what the container would see; the first run of \`count\` fails. */
const DOCKER = `#!/bin/sh
echo "docker $*" >>/record/calls
[ "$1" = run ] || exit 0
for last in "$@"; do case $previous in --volume) folder=\${last%%:*} ;; esac; previous=$last; done
run=/record/run-$(ls /record | grep -c '^run-')
mkdir "$run"
cp -p "$folder/config" "$folder/credentials.json" "$run"
for argument in "$@"; do printf '%s\\n' "$argument"; done >"$run/arguments"
printf '%s' "$PEACHES_WIRING" >"$run/wiring"
env | cut -d= -f1 | sort >"$run/environment"
stat -c '%u:%g %a' "$folder" "$folder/credentials.json" >"$run/modes"
case "$*" in *toy.count*) [ -e /record/failed ] || { touch /record/failed; exit 1; } ;; esac
`;

/** Between two tries a minute passes, which nobody here has; renewals of a role are not waited for. */
const SLEEP = `#!/bin/sh
echo "sleep $1" >>/record/calls
[ "$1" -gt 120 ] && exec /bin/sleep "$1"
exit 0
`;

describeWith(await lackOf(machineLack), 'The host', () => {
  let machine: DebianMachine;

  const calls = async (pattern: RegExp): Promise<string[]> =>
    (await readFile(join(machine.root, 'record/calls'), 'utf8'))
      .split('\n')
      .filter((line) => pattern.test(line));
  const deploy = async (units: Readonly<Record<string, string>>): Promise<void> => {
    const folder = join(machine.root, 's3', BUCKET, 'host');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const [name, content] of Object.entries(units)) await writeFile(join(folder, name), content);
  };
  const units = (image: string, feed = toy) => hostUnits(env, feed, pipelinePlan(feed), image);
  const record = (run: string, file: string): Promise<string> =>
    readFile(join(machine.root, 'record', run, file), 'utf8');
  const runsOf = async (stage: string): Promise<string[]> => {
    const names = (await readdir(join(machine.root, 'record'))).filter((name) => name.startsWith('run-'));
    const stages = await Promise.all(
      names.map(async (name) => ((await record(name, 'arguments')).includes(`\n${stage}\n`) ? [name] : [])),
    );
    return stages.flat().sort();
  };

  beforeAll(async () => {
    machine = await bootDebian({
      '/user-data': hostUserData(env),
      '/usr/bin/dnf': DNF,
      '/usr/bin/aws': AWS,
      '/packages/docker': DOCKER,
      '/usr/local/bin/sleep': SLEEP,
      '/record/calls': '',
    });
    await deploy(units(IMAGES.one));
    await machine.run('/user-data');
    await eventually(async () => {
      expect(await runsOf('toy.sample')).toHaveLength(1);
      expect(await machine.run('systemctl show --property=ActiveState peaches-run-toy.service')).toBe(
        'ActiveState=inactive',
      );
    });
  });
  afterAll(async () => {
    await machine.stop();
  });

  test('installs what the distribution has and starts its timers', async () => {
    expect(await calls(/^dnf/)).toEqual([
      'dnf install --assumeyes --quiet docker amazon-ecr-credential-helper',
    ]);
    const timers = await machine.run('systemctl list-timers --all --no-legend --plain');
    for (const name of ['peaches-units', 'peaches-run-toy', 'peaches-run-toy.names']) {
      expect(timers).toContain(`${name}.timer`);
    }
    expect(await machine.run('systemctl is-enabled peaches-units.timer docker.service')).toBe(
      'enabled\nenabled',
    );
    const config = await readFile(join(machine.root, 'etc/peaches/docker/config.json'), 'utf8');
    expect(JSON.parse(config)).toEqual({
      credHelpers: { '123456789012.dkr.ecr.us-east-1.amazonaws.com': 'ecr-login' },
    });
  });

  test('every unit is one that systemd takes without complaint', async () => {
    const files = '/etc/systemd/system/peaches-*';
    expect(await machine.run(`systemd-analyze verify ${files} 2>&1`)).toBe('');
  });

  test('runs the stages of the pipeline in their order, for one instant, and repeats one that failed', async () => {
    const runs = await calls(/^docker run/);
    const targets = runs.map((line) => line.slice(line.indexOf(' toy.')).trim());
    const [instant = ''] = targets.map((target) => target.split(' ')[2]);
    expect(instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(targets).toEqual(
      ['fetch', 'count', 'count', 'sample'].map((stage) => `toy.${stage} --scheduled ${instant}`),
    );
    expect(await calls(/^sleep 60/)).toHaveLength(1);
  });

  test('gives each stage its own role, its size and the wiring of a task, and no way to more', async () => {
    const [run = ''] = await runsOf('toy.count');
    const args = (await record(run, 'arguments')).split('\n');
    const valueOf = (flag: string) => args[args.indexOf(flag) + 1];
    expect(valueOf('--memory')).toBe('1024m');
    expect(valueOf('--cpus')).toBe('0.5');
    expect(valueOf('--user')).toBe('1000:1000');
    expect(valueOf('--cap-drop')).toBe('ALL');
    expect(args).toEqual(
      expect.arrayContaining(['--read-only', '--init', 'awslogs-group=/acme-dev/toy/count', IMAGES.one]),
    );
    expect(JSON.parse(await record(run, 'wiring'))).toEqual(wiringOf(env, toy));
    expect(JSON.parse(await record(run, 'credentials.json'))).toMatchObject({
      AccessKeyId: 'arn:aws:iam::123456789012:role/acme-dev-toy-count',
    });
    expect(await record(run, 'modes')).toBe('1000:1000 500\n1000:1000 600\n');
    expect(args.join(' ')).not.toContain('SecretAccessKey');
  });

  test('leaves neither credentials nor processes behind', async () => {
    expect(await machine.run('ls /run')).not.toContain('peaches-run');
    expect(await machine.run('find / -xdev -name credentials.json -not -path "/record/*"')).toBe('');
    expect(await machine.run('cat /proc/[0-9]*/cmdline | tr "\\0" " "')).not.toMatch(/run-stage|sleep/);
  });

  test('the SDK of a worker reads the credentials that it finds', async () => {
    const [run = ''] = await runsOf('toy.fetch');
    const folder = await mkdtemp(join(tmpdir(), 'peaches-credentials-'));
    const config = (await record(run, 'config')).replace('/run/peaches', folder);
    await writeFile(join(folder, 'config'), config);
    await writeFile(join(folder, 'credentials.json'), await record(run, 'credentials.json'));
    const script = `
      const { STSClient } = await import('@aws-sdk/client-sts');
      process.stdout.write(JSON.stringify(await new STSClient({ region: 'us-east-1' }).config.credentials()));`;
    const { stdout } = await execa('node', ['--input-type=module', '--eval', script], {
      env: { PATH: process.env['PATH'], AWS_CONFIG_FILE: join(folder, 'config') },
      extendEnv: false,
    });
    await rm(folder, { recursive: true });
    expect(JSON.parse(stdout)).toMatchObject({
      accessKeyId: 'arn:aws:iam::123456789012:role/acme-dev-toy-fetch',
      sessionToken: 't',
      expiration: EXPIRATION,
    });
  });

  test('Docker knows every flag', async () => {
    const [run = ''] = await runsOf('toy.fetch');
    const args = (await record(run, 'arguments')).trim().split('\n');
    const { stderr } = await execa('docker', args, {
      reject: false,
      env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    });
    expect(stderr).toMatch(/cannot connect to the docker daemon/i);
  });

  test('user data may run again and changes nothing', async () => {
    const state = () => machine.run('find /etc /usr/local -type f | sort | xargs sha256sum');
    const before = await state();
    const runs = await calls(/^docker run/);
    await machine.run('/user-data');
    await machine.run('systemctl start peaches-units.service');
    expect(await state()).toBe(before);
    expect(await calls(/^docker run/)).toEqual(runs);
  });

  test('a new image runs the next time, the old one is cleared away', async () => {
    await deploy(units(IMAGES.two));
    await machine.run('systemctl start peaches-units.service');
    await machine.run('systemctl start peaches-run-toy.service');
    const [latest = ''] = (await calls(/^docker run .*toy\.sample/)).slice(-1);
    expect(latest).toContain(IMAGES.two);
    expect((await calls(/^docker image prune/)).length).toBeGreaterThan(0);
  });

  test('another interval is taken over, what is gone stops', async () => {
    const { fetch, count, sample } = toy.stages;
    const faster = {
      count: count!,
      sample: sample!,
      fetch: { ...fetch!, on: { kind: 'rate', minutes: 5 } as const },
    };
    await deploy(units(IMAGES.two, { ...toy, stages: faster }));
    await machine.run('systemctl start peaches-units.service');
    expect(await machine.run('systemctl show --property=TimersMonotonic peaches-run-toy.timer')).toContain(
      'OnUnitActiveUSec=5min',
    );
    expect(await machine.run('systemctl list-timers --all --no-legend')).not.toContain('toy.names');
    expect(await machine.run('ls /etc/systemd/system')).not.toContain('toy.names');
  });

  test.each([
    ['30 3 * * ? *', '2026-01-05 04:00', ['2026-01-06 03:30', '2026-01-07 03:30']],
    ['0/20 9-10 ? * MON-FRI *', '2026-01-02 10:30', ['2026-01-02 10:40', '2026-01-05 09:00']],
    [
      '0 12 ? * 6-2 *',
      '2026-01-01 13:00',
      ['2026-01-02 12:00', '2026-01-03 12:00', '2026-01-04 12:00', '2026-01-05 12:00', '2026-01-09 12:00'],
    ],
    ['15 0 1,15 JAN,JUL ? *', '2026-01-10 00:00', ['2026-01-15 00:15', '2026-07-01 00:15']],
    ['0 */6 */10 * ? *', '2026-01-21 19:00', ['2026-01-31 00:00', '2026-01-31 06:00']],
    ['5 4 29 2 ? *', '2026-01-01 00:00', ['2028-02-29 04:05']],
  ])('cron(%s) is due when it is due on AWS', async (expression, from, due) => {
    const [line = ''] = timerLines({ kind: 'cron', expression });
    const calendar = line.replace('OnCalendar=', '');
    const told = await machine.run(
      `TZ=UTC systemd-analyze calendar --base-time='${from} UTC' --iterations=${due.length} '${calendar}'`,
    );
    const instants = [...told.matchAll(/(?:Next elapse|Iter\. #\d+): \w+ ([\d-]+ [\d:]{5})/g)];
    expect(instants.map(([, instant]) => instant)).toEqual(due);
  });
});
