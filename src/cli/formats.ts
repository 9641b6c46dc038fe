/** The `format` of each JSON document; the number goes up when a field changes its meaning or goes away. */
export const formats = {
  problem: 'bit/problem/1',
  run: 'bit/run/1',
  plan: 'bit/plan/1',
  graph: 'bit/graph/1',
  format: 'bit/fmt/1',
  explanation: 'bit/explain/1',
  environments: 'bit/env/1',
  doctor: 'bit/doctor/1',
  init: 'bit/init/1',
  config: 'bit/config/1',
  completion: 'bit/completion/1',
  version: 'bit/version/1',
  help: 'bit/help/1',
} as const;
