import { readText } from '../../src/index.ts';
import { type ExportedSpan, fieldsOf } from './exported-span.ts';

/** Keys that are told as something else, or that are Mastra's own books. */
const toldElsewhere = new Set([
  'runId',
  'threadId',
  'resourceId',
  'userId',
  'resumed',
  'resumedFromSpanId',
  // Of steps: what a client tool is called with, and what answered.
  'args',
  'modelMetadata',
]);

/** Facts of the caller, and Mastra's id of the run, which a resumed run shares with the suspended one. */
export function runMetadata(span: ExportedSpan): Readonly<Record<string, unknown>> {
  const own = fieldsOf(span.metadata).filter(([key]) => !toldElsewhere.has(key));
  const runId = readText(span.metadata, 'runId');
  return { ...Object.fromEntries(own), ...(runId !== undefined && { mastra_run_id: runId }) };
}

/** What a span has beyond the metadata of its run, which Mastra repeats on every span inside. */
export function stepMetadata(
  span: ExportedSpan,
  runKeys: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const own = fieldsOf(span.metadata).filter(
    ([key]) => !runKeys.has(key) && !toldElsewhere.has(key),
  );
  return Object.fromEntries(own);
}
