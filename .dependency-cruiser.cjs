/** The arrows of docs/architecture.md: which room may import which. */
const room = (name, allowed) => ({
  name: `${name}-arrows`,
  severity: 'error',
  from: { path: `^${name}/` },
  to: { path: '^[^/]+/', pathNot: `^(${[name, ...allowed, 'node_modules'].join('|')})/` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-imports-the-front-door',
      severity: 'error',
      from: { pathNot: '^bootstrap' },
      to: { path: '^bootstrap\\.ts$' },
    },
    {
      name: 'synthesis-loads-no-stage-code',
      severity: 'error',
      from: { path: '^(stacks|policies|config)/' },
      to: {
        path: '^etl/',
        pathNot: '^etl/(feed|feeds|find-stage|locate)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'declarations-load-no-stage-code',
      severity: 'error',
      from: { path: '^etl/[^/]+/feed\\.ts$' },
      to: {
        path: '^etl/',
        pathNot: '^etl/(feed|define-feed|[^/]+/(params|tables|guide))\\.ts$',
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
    {
      name: 'cdktf-in-one-place',
      severity: 'error',
      from: { pathNot: '^stacks/(cdktf|aws)\\.ts$' },
      to: { path: 'node_modules/(cdktf|@cdktf)/' },
    },
    {
      name: 'constructs-in-stacks-only',
      severity: 'error',
      from: { pathNot: '^stacks/' },
      to: { path: 'node_modules/constructs/' },
    },
    {
      name: 'runtime-knows-no-feed',
      severity: 'error',
      from: { path: '^etl/runtime/' },
      to: { path: '^etl/[^/]+/', pathNot: '^etl/runtime/' },
    },
    {
      name: 'feeds-know-no-other-feed',
      severity: 'error',
      from: { path: '^etl/([^/]+)/', pathNot: '^etl/runtime/' },
      to: { path: '^etl/(feeds\\.ts$|[^/]+/)', pathNot: '^etl/(runtime|$1)/' },
    },
    room('errors', []),
    room('etl', ['errors']),
    room('policies', ['errors', 'etl', 'config']),
    room('config', ['errors', 'etl']),
    room('stacks', ['errors', 'config', 'policies', 'etl']),
    room('terraform', ['errors', 'config', 'policies']),
    room('images', ['errors', 'config']),
    room('sandbox', ['errors', 'config', 'etl', 'policies']),
    room('cli', [
      'errors',
      'config',
      'terraform',
      'images',
      'sandbox',
      'etl',
      'stacks',
      'policies',
      'examples',
    ]),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|cdktf\\.out|\\.peaches|bench/data)/' },
    includeOnly: {
      path: '^(bootstrap\\.ts|errors|etl|policies|config|stacks|terraform|images|sandbox|cli|examples|node_modules/(cdktf|@cdktf|constructs))',
    },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
