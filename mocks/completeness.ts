import type { FakeObservation, FakeTrace } from './fake-trace.ts';
import { counted, show } from './wording.ts';

/**
 * What a trace lacks to be a complete parent, one sentence each with what was found; empty when it is complete. Status and
 * reason are read from the metadata of the root observation.
 */
export function missingFromParent(trace: FakeTrace): readonly string[] {
  const root = rootOf(trace);
  return [
    ...missingFromRoots(trace),
    ...missingFromTrace(trace),
    ...(root === undefined ? [] : missingFromRoot(root)),
    ...(root === undefined ? [] : missingFromConversation(trace, root)),
    ...trace.observations
      .filter((row) => row !== root && !row.isRoot)
      .flatMap((row) => missingFromChild(row, trace)),
    ...duplicates(trace),
  ];
}

/** The observation that Langfuse lists as the run, if it has come. */
export function rootOf(trace: FakeTrace): FakeObservation | undefined {
  return trace.root ?? trace.observations.find((row) => row.isRoot);
}

/** Missing as a person sees it in Langfuse: null, absent, blank text. */
export function isBlank(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
  );
}

const terminalStatuses: ReadonlySet<unknown> = new Set(['completed', 'error', 'suspended']);

function missingFromRoots(trace: FakeTrace): readonly string[] {
  const roots = trace.observations.filter((row) => row.isRoot);
  if (roots.length === 1) return [];
  const found =
    roots.length === 0
      ? `none among ${counted(trace.observations.length, 'observation')}${listOf(trace.observations)}`
      : `${roots.length}${listOf(roots)}`;
  return [`root observation: expected exactly one, found ${found}`];
}

function missingFromTrace(trace: FakeTrace): readonly string[] {
  return [
    ...unless(!isBlank(trace.name), `trace name: expected text, found ${show(trace.name)}`),
    ...unless(
      trace.metadata['status'] !== 'in_progress',
      'trace metadata.status: expected a terminal status, found "in_progress"',
    ),
  ];
}

function missingFromRoot(root: FakeObservation): readonly string[] {
  const { status, reason } = { status: root.metadata['status'], reason: root.metadata['reason'] };
  return [
    ...unless(!isBlank(root.name), `root name: expected text, found ${show(root.name)}`),
    ...unless(!isBlank(root.input), `root input: expected a value, found ${show(root.input)}`),
    ...missingFromTimes(root, 'root'),
    ...unless(
      terminalStatuses.has(status),
      `root metadata.status: expected completed, error or suspended, found ${show(status)}`,
    ),
    ...unless(
      typeof reason === 'string' && !isBlank(reason),
      `root metadata.reason: expected text, found ${show(reason)}`,
    ),
    ...unless(
      !isBlank(root.output),
      `root output: expected a result or an error payload, found ${show(root.output)}`,
    ),
    ...(status === 'error' ? missingFromFailure(root) : []),
  ];
}

function missingFromFailure(root: FakeObservation): readonly string[] {
  return [
    ...unless(
      root.level === 'ERROR' || root.level === 'WARNING',
      `root level: expected ERROR or WARNING because the status is error, found ${show(root.level)}`,
    ),
    ...unless(
      !isBlank(root.statusMessage),
      `root status message: expected the error's text, found ${show(root.statusMessage)}`,
    ),
  ];
}

function missingFromConversation(trace: FakeTrace, root: FakeObservation): readonly string[] {
  const source =
    root.metadata['conversation_id_source'] ?? trace.metadata['conversation_id_source'];
  if (isBlank(trace.sessionId)) {
    return unless(
      source === 'missing',
      `conversation id: expected a session id, or metadata.conversation_id_source "missing"; found session id ${show(trace.sessionId)} and source ${show(source)}`,
    );
  }
  return unless(
    root.sessionId === trace.sessionId,
    `root session id: expected ${show(trace.sessionId)} as on the trace, found ${show(root.sessionId)}`,
  );
}

function missingFromChild(child: FakeObservation, trace: FakeTrace): readonly string[] {
  const who = nameOf(child);
  // An EVENT is a point in time; the one that marks the start of a run says in_progress, and is meant to.
  const isEvent = child.type === 'EVENT';
  // It may have left before anybody knew the conversation, as with a framework that tells its session late.
  const isEarly =
    isEvent &&
    isBlank(child.sessionId) &&
    child.metadata['status'] === 'in_progress' &&
    child.metadata['conversation_id_source'] === 'missing';
  return [
    ...(isEvent ? [] : missingFromTimes(child, who)),
    ...endsAfterRoot(child, rootOf(trace)),
    ...unless(
      isEarly || sameText(child.sessionId, trace.sessionId),
      `${who} session id: expected ${show(trace.sessionId)} as on the trace, found ${show(child.sessionId)}`,
    ),
    ...unless(
      sameText(child.traceName, trace.name),
      `${who} trace name: expected ${show(trace.name)} as on the trace, found ${show(child.traceName)}`,
    ),
    ...unless(
      isEvent || child.metadata['status'] !== 'in_progress',
      `${who} metadata.status: expected a terminal status, found "in_progress"`,
    ),
  ];
}

function missingFromTimes(row: FakeObservation, who: string): readonly string[] {
  if (row.endTime === null) return [`${who} end time: expected a time, found null`];
  return unless(
    Date.parse(row.endTime) >= Date.parse(row.startTime),
    `${who} end time: expected at or after its start ${row.startTime}, found ${row.endTime}`,
  );
}

function endsAfterRoot(
  child: FakeObservation,
  root: FakeObservation | undefined,
): readonly string[] {
  const childEnd = child.endTime;
  const rootEnd = root?.endTime ?? null;
  if (childEnd === null || rootEnd === null) return [];
  return unless(
    Date.parse(childEnd) <= Date.parse(rootEnd),
    `${nameOf(child)} end time: expected at or before the root's end ${rootEnd}, found ${childEnd}`,
  );
}

function duplicates(trace: FakeTrace): readonly string[] {
  const counts = new Map<string, number>();
  for (const { id } of trace.observations) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([id, count]) => `observation id ${id}: expected once, found ${count} times`);
}

function unless(isMet: boolean, sentence: string): readonly string[] {
  return isMet ? [] : [sentence];
}

// Langfuse shows a missing session as null or as "".
function sameText(first: string | null, second: string | null): boolean {
  return (isBlank(first) && isBlank(second)) || first === second;
}

function nameOf(row: FakeObservation): string {
  return `child ${row.type} ${show(row.name)} (${row.id})`;
}

function listOf(rows: readonly FakeObservation[]): string {
  const shown = rows.slice(0, 5).map((row) => `${row.type} ${show(row.name)} (${row.id})`);
  const more = rows.length > shown.length ? [`and ${rows.length - shown.length} more`] : [];
  return rows.length === 0 ? '' : `: ${[...shown, ...more].join(', ')}`;
}
