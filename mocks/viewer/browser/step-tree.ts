import type { RunDetails, StepSummary } from '../api.ts';
import { toCost, toDuration, toElapsed, toTokens } from './format.ts';

/** A line of the tree, with its place on the time line. */
export interface StepRow {
  readonly key: string;
  readonly depth: number;
  /** Place among its siblings, from 1, and how many they are. */
  readonly position: number;
  readonly siblings: number;
  readonly hasChildren: boolean;
  readonly isExpanded: boolean;
  readonly parentKey: string | undefined;
  readonly name: string;
  readonly type: string;
  readonly level: string;
  readonly note: string;
  readonly duration: string;
  readonly isOpen: boolean;
  readonly isMoment: boolean;
  /** Shares of the run's time, from 0 to 1. */
  readonly start: number;
  readonly length: number;
  /** Share of the bar until the first token. */
  readonly firstToken: number | undefined;
}

/** What of a tree is to be seen, and when. */
export interface TreeView {
  readonly collapsed: ReadonlySet<string>;
  readonly now: number;
}

/**
 * The lines of a run, each below the one that it is in. A run whose root has not come gets a line of its own with an empty
 * key, above everything; steps whose parent is not there stand at the top.
 */
export function toStepRows({ run, steps }: RunDetails, view: TreeView): readonly StepRow[] {
  const nodes = new Map<string, Node>();
  for (const step of steps) if (!nodes.has(step.id)) nodes.set(step.id, { step, children: [] });
  const tops: Node[] = [];
  for (const step of steps) {
    const own = nodes.get(step.id);
    const node = own?.step === step ? own : { step, children: [] };
    const parent = step.parentId === null ? undefined : nodes.get(step.parentId);
    if (parent === undefined || parent === node) tops.push(node);
    else parent.children.push(node);
  }
  const hasRoot = steps.some(({ isRoot }) => isRoot);
  const time = timeOf(run, { steps, now: view.now });
  const roots = hasRoot ? tops : [{ step: standIn(run), children: tops }];
  const placed = new Set<StepSummary>();
  const rows = toRows(roots, { view, time, placed });
  // Two steps that name each other as parent are below nobody.
  const lost = [...nodes.values()].filter(({ step }) => !isReachable(step, { placed, nodes }));
  return [
    ...rows,
    ...toRows(
      lost.map(({ step }) => ({ step, children: [] })),
      { view, time, placed },
    ),
  ];
}

interface Node {
  readonly step: StepSummary;
  readonly children: Node[];
}

interface Time {
  readonly from: number;
  readonly span: number;
  readonly now: number;
}

interface Placing {
  readonly view: TreeView;
  readonly time: Time;
  readonly placed: Set<StepSummary>;
}

interface Pending {
  readonly node: Node;
  readonly depth: number;
  readonly position: number;
  readonly siblings: number;
  readonly parentKey: string | undefined;
}

// With a list of what is still to do instead of a call per level: chains may be thousands deep.
function toRows(roots: readonly Node[], { view, time, placed }: Placing): readonly StepRow[] {
  const rows: StepRow[] = [];
  const pending = pendingOf(roots, { depth: 1, parentKey: undefined });
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, ...place } = next;
    if (placed.has(node.step)) continue;
    placed.add(node.step);
    const isExpanded = !view.collapsed.has(node.step.key);
    const hasChildren = node.children.length > 0;
    rows.push({ ...place, ...toTexts(node.step, time), hasChildren, isExpanded });
    if (!isExpanded) continue;
    pending.push(...pendingOf(node.children, { depth: place.depth + 1, parentKey: node.step.key }));
  }
  return rows;
}

function pendingOf(nodes: readonly Node[], place: Pick<Pending, 'depth' | 'parentKey'>): Pending[] {
  return nodes
    .map((node, index) => ({ node, position: index + 1, siblings: nodes.length, ...place }))
    .toReversed();
}

function isReachable(
  step: StepSummary,
  {
    placed,
    nodes,
  }: { readonly placed: ReadonlySet<StepSummary>; readonly nodes: ReadonlyMap<string, Node> },
): boolean {
  const seen = new Set<StepSummary>();
  let current: StepSummary | undefined = step;
  while (current !== undefined && !seen.has(current)) {
    if (placed.has(current)) return true;
    seen.add(current);
    current = current.parentId === null ? undefined : nodes.get(current.parentId)?.step;
  }
  return current === undefined;
}

function timeOf(
  run: RunDetails['run'],
  { steps, now }: { readonly steps: readonly StepSummary[]; readonly now: number },
): Time {
  const starts = steps.map(({ startedAt }) => startedAt);
  const ends = steps.map(({ startedAt, endedAt }) => endedAt ?? startedAt);
  const from = starts.reduce((least, start) => Math.min(least, start), run.startedAt);
  const until = ends.reduce(
    (most, end) => Math.max(most, end),
    run.endedAt ?? (run.status === 'in_progress' ? now : from),
  );
  return { from, span: Math.max(1, until - from), now };
}

function toTexts(
  step: StepSummary,
  { from, span, now }: Time,
): Omit<StepRow, keyof Omit<Pending, 'node'> | 'hasChildren' | 'isExpanded'> {
  const isMoment = step.type === 'EVENT';
  const isOpen = step.endedAt === null && !isMoment;
  const end = Math.max(step.startedAt, step.endedAt ?? (isMoment ? step.startedAt : now));
  const length = end - step.startedAt;
  return {
    key: step.key,
    name: step.name ?? '(no name)',
    type: step.type,
    level: step.level,
    note: toNote(step),
    duration: isMoment ? '' : isOpen ? `${toElapsed(length)} …` : toDuration(length),
    isOpen,
    isMoment,
    start: clamp((step.startedAt - from) / span),
    length: clamp(length / span),
    firstToken:
      step.firstTokenAt === null || length === 0
        ? undefined
        : clamp((step.firstTokenAt - step.startedAt) / length),
  };
}

function toNote({
  message,
  level,
  model,
  tokens,
  cost,
  status,
  reason,
  type,
}: StepSummary): string {
  if (message !== null && level !== 'DEFAULT') return message.replaceAll(/\s+/g, ' ');
  if (type === 'EVENT' && status === 'in_progress') return 'tells that the run has begun';
  const ending = [status, reason].filter(Boolean).join(', ');
  return [model, toTokens(tokens), toCost(cost), ending].filter(Boolean).join(' · ');
}

function standIn(run: RunDetails['run']): StepSummary {
  return {
    key: '',
    id: '',
    parentId: null,
    type: 'RUN',
    name: run.name,
    level: 'DEFAULT',
    message: null,
    status: null,
    reason: null,
    startedAt: run.startedAt,
    endedAt: null,
    firstTokenAt: null,
    model: null,
    tokens: { input: null, output: null, total: null },
    cost: null,
    isRoot: false,
  };
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
