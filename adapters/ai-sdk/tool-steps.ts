import { type Place, readField, readText, toErrorFacts } from '../../src/index.ts';
import type { OpenRun } from './open-runs.ts';
import type { Recording } from './recording.ts';
import { addTool, findTool, isRunning, takeTool, toolCallIdOf } from './running-tools.ts';
import { toToolEnding } from './step-ending.ts';
import { newStepId, tellStepEnd, tellStepStart } from './step-events.ts';
import { toToolStart } from './step-facts.ts';

/** The SDK executes a tool. */
export function startTool(recording: Recording, run: OpenRun, event: unknown): void {
  if (isRunning(run.runningTools, event)) return;
  const stepId = newStepId(run, 'tool');
  const facts = toToolStart(event);
  addTool(run.runningTools, event, stepId);
  run.executedIds.add(toolCallIdOf(event));
  run.executedTools.at(-1)?.push(facts.name);
  tellStepStart(recording, run, { event, stepId, facts });
}

/** The tool gave something or threw. */
export function endTool(recording: Recording, run: OpenRun, event: unknown): void {
  const stepId = takeTool(run.runningTools, event);
  if (stepId === undefined) return;
  tellStepEnd(recording, run, { event, stepId, facts: toToolEnding(event, recording.signal) });
}

/** Calls of a step that the SDK answered with an error by itself: no such tool, or an input that does not fit. */
export function tellUnexecuted(
  recording: Recording,
  run: OpenRun,
  parts: readonly unknown[],
): void {
  for (const part of parts) {
    const toolCallId = readText(part, 'toolCallId') ?? '';
    if (readField(part, 'type') !== 'tool-error' || run.executedIds.has(toolCallId)) continue;
    if (readField(part, 'providerExecuted') === true) continue;
    const stepId = newStepId(run, 'tool');
    const facts = {
      kind: 'tool',
      name: readText(part, 'toolName') ?? 'tool',
      input: readField(part, 'input'),
      metadata: { tool_call_id: toolCallId },
    } as const;
    tellStepStart(recording, run, { event: part, stepId, facts });
    // The result has a text for the model; the call has the error.
    const error = readField(callOf(parts, toolCallId), 'error') ?? readField(part, 'error');
    tellStepEnd(recording, run, { event: part, stepId, facts: { error: toErrorFacts(error) } });
  }
}

function callOf(parts: readonly unknown[], toolCallId: string): unknown {
  return parts.find(
    (part) =>
      readField(part, 'type') === 'tool-call' && readField(part, 'toolCallId') === toolCallId,
  );
}

/** Where a tool runs. */
export function placeOfTool({ runId, runningTools }: OpenRun, execution: unknown): Place {
  const stepId = findTool(runningTools, execution);
  return { runId, ...(stepId !== undefined && { stepId }) };
}
