/**
 * The layers of `engine/`, top to bottom. A folder may import itself, its own layer and everything below.
 * `engine/README.md` walks through them in this order.
 */
const layers = [
  ['index.ts', 'node.ts', 'node-platform.ts', 'node-compute.ts', 'local-lakebook.ts', 'open-options.ts'],
  [
    'session.ts',
    'statement-runner.ts',
    'statement-run.ts',
    'statement-changes.ts',
    'statement-names.ts',
    'session-names.ts',
    'session-catalog.ts',
    'stored-result.ts',
    'opened-files.ts',
    'copy-to.ts',
    'derived-plan.ts',
    'row-lines.ts',
    'write-rows.ts',
    'settings.ts',
    'resources.ts',
    'platform.ts',
  ],
  ['polars'],
  ['binder'],
  ['sql'],
  ['optimizer'],
  ['execution'],
  ['catalog', 'formats'],
  ['functions'],
  ['codegen'],
  ['plan'],
  ['kernels'],
  ['spill'],
  ['arrow'],
  ['memory'],
  ['storage'],
  ['errors.ts'],
]

/** What parts agree on: types of the door, the plan and the table provider, open to every layer. */
const contracts =
  '^engine/(lakebook|plan/plan|catalog/table-provider|sql/(ast|statement-ast|source-map)|polars/ast)\\.ts$'
const tests = '\\.test\\.tsx?$'
/** `node.ts`, `node-….ts` and `….node.ts`. */
const nodeOnly = ['/node\\.ts$', '/node-[^/]+\\.ts$', '\\.node\\.ts$']

/** @param {string[]} names */
const pathsOf = (names) =>
  names.map((name) => `^engine/${name.replace('.', '\\.')}${name.includes('.') ? '$' : '/'}`)

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const layerRules = layers.slice(1).map((names, index) => ({
  name: `${names[0] ?? ''}-imports-downwards`,
  severity: 'error',
  from: { path: pathsOf(names), pathNot: tests },
  to: { path: pathsOf(layers.slice(0, index + 1).flat()), pathNot: contracts },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layerRules,
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'Types may refer to each other; running code may not.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable-imports',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '\\?' },
    },
    {
      name: 'node-stays-out-of-pages',
      severity: 'error',
      comment: 'What needs Node is in files named for it, and only the door for Node reaches them.',
      from: {
        path: '^(engine|workers|web)/',
        pathNot: [...nodeOnly, '^engine/(testing|kernels/build)', '^web/server/', tests],
      },
      to: { path: nodeOnly, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'node-modules-of-node-only',
      severity: 'error',
      from: {
        path: '^(engine|workers|web)/',
        pathNot: [...nodeOnly, '^engine/(testing|kernels/build)', '^web/server/', tests],
      },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-tests-import-testing',
      severity: 'error',
      from: { pathNot: ['^engine/testing/', '^e2e/', '^\\.ci/', '^[^/]+\\.config\\.(ts|js)$', tests] },
      to: { path: '^engine/testing/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: {},
      to: { path: tests },
    },
    {
      name: 'web-talks-to-workers-only',
      severity: 'error',
      comment: 'The page knows the client and the protocol; of the engine it knows types.',
      from: { path: '^web/', pathNot: tests },
      to: { path: '^workers/', pathNot: '^workers/(client|protocol)\\.ts$' },
    },
    {
      name: 'web-knows-engine-types-only',
      severity: 'error',
      from: { path: '^web/', pathNot: tests },
      to: {
        path: '^engine/',
        pathNot: '^engine/(arrow/types|access-order)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'web-knows-the-contracts-only',
      severity: 'error',
      from: { path: '^web/', pathNot: tests },
      to: {
        path: '^engine/',
        pathNot: '^engine/(lakebook|errors|access-order|arrow/types|catalog/table-provider)\\.ts$',
      },
    },
    {
      name: 'the-client-knows-engine-types-only',
      severity: 'error',
      comment: 'What the page loads of workers/ must not pull the engine into it.',
      from: { path: '^workers/(client|protocol)\\.ts$' },
      to: {
        path: '^engine/',
        pathNot: '^engine/(errors|memory/run-cells)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'engine-does-not-know-the-page',
      severity: 'error',
      from: { path: '^engine/', pathNot: ['^engine/testing/', tests] },
      to: { path: '^(web|e2e)/' },
    },
    {
      name: 'only-the-doors-know-workers',
      severity: 'error',
      from: { path: '^engine/', pathNot: ['^engine/(index|node)\\.ts$', '^engine/testing/', tests] },
      to: { path: '^workers/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^engine/kernels/(assembly|generated)/', '^dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'browser', 'default', 'types'],
    },
  },
}
