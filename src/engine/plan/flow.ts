import type { Node, NodeId, Program } from '../../parser/index.ts';
import type { FileValue, Value } from '../ports/value.ts';
import { assertRule } from './assert-rule.ts';
import type { Entry } from './entry.ts';
import { neededNodes } from './needed-nodes.ts';
import { paramValues } from './param-values.ts';
import { publishRule } from './publish-rule.ts';
import { publishedPaths } from './published-paths.ts';
import { ruleOf } from './rules.ts';
import { Station, siteOf } from './station.ts';
import type { ComputationResult, Flow, FlowStep, FlowTask } from './step.ts';
import type { CallRule, Draft, SourceRule, Surroundings, WiredRule } from './surroundings.ts';

export type * from './step.ts';

/** See `Flow`. `only` names calls or processes: what they do not need, and what is made of more than them, is left out. */
export function createFlow(program: Program, options: { readonly only?: readonly string[] }): Flow {
  const stations: Station[] = [];
  const sources = new Map<NodeId, SourceRule>();
  const calls = new Map<NodeId, CallRule>();
  const tasks: { readonly rule: CallRule; readonly entry: Entry }[] = [];
  const tasksOf = new Map<CallRule, number>();
  const computations: ((result: ComputationResult) => void)[] = [];
  const params = paramValues(program, (id) => plainValue(id));
  const agenda = { first: 0 };
  let draft = emptyDraft();
  let problems: FlowStep['problems'][number][] = [];
  let notes: string[] = [];
  const reported = new Map<string, number>();
  let isStarted = false;

  function plainValue(id: NodeId): Value {
    const entry = stations[id]?.entries.find((one) => one.state === 'present');
    if (entry === undefined) throw new Error(`the value of node ${id} was asked for before it was there`);
    return entry.value ?? null;
  }

  const around: Surroundings = {
    program,
    node(id) {
      const node = program.nodes[id];
      if (node === undefined) throw new Error(`there is no node ${id}`);
      return node;
    },
    param: params,
    plainValue,
    call(id) {
      const rule = calls.get(id);
      if (rule === undefined) throw new Error(`node ${id} is no call`);
      return rule;
    },
    problem(diagnostic) {
      const place = `${diagnostic.code} ${diagnostic.at.source.name} ${diagnostic.at.start}`;
      const count = (reported.get(place) ?? 0) + 1;
      reported.set(place, count);
      if (count <= reportedPerPlace) problems.push({ diagnostic });
      else if (count === reportedPerPlace + 1)
        notes.push(`There are more problems ${diagnostic.code} at the same place`);
    },
    note: (text) => notes.push(text),
    newTask(rule, entry, task) {
      const index = tasks.length;
      tasks.push({ rule, entry });
      tasksOf.set(rule, (tasksOf.get(rule) ?? 0) + 1);
      draft.tasks.push({ index, ...task } satisfies FlowTask);
      return index;
    },
    compute(answer, request) {
      computations.push(answer);
      draft.computations.push(request(computations.length - 1));
    },
    madeBy: new Map<FileValue, number>(),
    elementsCarryTags: program.processes.some((process) => process.uses.inputTags.length > 0),
    get out() {
      return draft;
    },
  };

  const needed =
    options.only === undefined || options.only.length === 0 ? undefined : neededNodes(program, options.only);
  for (const node of program.nodes) {
    const station = new Station(node.id, agenda);
    stations.push(station);
    if (needed?.nodes.has(node.id) === false) continue;
    const rule = ruleOf(node, { site: siteOf(station), around });
    if ('supply' in rule) sources.set(node.id, rule);
    if ('complete' in rule) calls.set(node.id, rule);
    install(station, rule, node);
  }
  const paths = publishedPaths(around);
  for (const publish of (needed ?? program).publishes) {
    const station = new Station(stations.length, agenda);
    stations.push(station);
    install(station, publishRule(publish, { around, paths }), { guards: publish.guards, tags: [] });
  }
  for (const assertion of (needed ?? program).asserts) {
    const station = new Station(stations.length, agenda);
    stations.push(station);
    install(station, assertRule(assertion, around), { guards: assertion.guards, tags: [] });
  }

  function install(station: Station, rule: WiredRule, of: Pick<Node, 'guards' | 'tags'>): void {
    station.install(rule, {
      guards: of.guards,
      tags: of.tags.length,
      reads: rule.reads.map((id) => stationAt(id)),
      guardedBy: of.guards.map((guard) => stationAt(guard.node)),
    });
  }

  function stationAt(id: NodeId): Station {
    const station = stations[id];
    if (station === undefined) throw new Error(`node ${id} is read before it is made`);
    return station;
  }

  return {
    supply(node, items) {
      if (needed?.nodes.has(node) === false) return;
      // The lists of `values` are made here, for they may be computed.
      sources.get(node)?.supply(items);
    },
    complete(task, completion) {
      const known = tasks[task];
      if (known === undefined) throw new Error(`there is no task ${task}`);
      known.rule.complete(known.entry, completion);
    },
    computed(id, result) {
      const answer = computations[id];
      if (answer === undefined) throw new Error(`there is no computation ${id}`);
      answer(result);
    },
    known(call) {
      const station = stationAt(call);
      const rule = calls.get(call);
      const isQuiet = isStarted && agenda.first > call;
      return {
        tasks: rule === undefined ? 0 : (tasksOf.get(rule) ?? 0),
        exact: needed?.nodes.has(call) === false || (isQuiet && station.unsure === 0),
      };
    },
    advance(enough) {
      if (!isStarted) {
        isStarted = true;
        for (const station of stations) station.begin();
      }
      const more = work(stations, agenda, enough);
      const step: FlowStep = { more, ...draft, problems, notes };
      draft = emptyDraft();
      problems = [];
      notes = [];
      return step;
    },
  };
}

// A division by zero in a `select` over ten thousand items is one mistake, not ten thousand.
const reportedPerPlace = 10;

const betweenQuestions = 256;

/** Always the first node that has something to do: when a node is told all, so is every node that it reads. */
function work(stations: readonly Station[], agenda: { first: number }, enough: () => boolean): boolean {
  let left = betweenQuestions;
  while (agenda.first < stations.length) {
    const station = stations[agenda.first];
    if (station === undefined || !station.isAwake) {
      agenda.first += 1;
      continue;
    }
    left -= station.work(left);
    if (left > 0) continue;
    if (enough()) return true;
    left = betweenQuestions;
  }
  return false;
}

const emptyDraft = (): Draft => ({
  tasks: [],
  ready: [],
  skipped: [],
  publishes: [],
  expected: [],
  assertions: [],
  computations: [],
});
