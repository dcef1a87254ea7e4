import { randomUUID } from 'node:crypto';

import { parsedJson, readField, readText } from '../../src/index.ts';
import { askSession } from './conversation.ts';
import { currentRuns, type OpenRun } from './open-runs.ts';
import type { Recording } from './recording.ts';

const hooked = new WeakSet<object>();

/**
 * Tells tools and handoffs by the hooks of a runner, for runs without spans (tracing is off). The listeners are added
 * once to a runner, whatever wraps it, and keep silent as soon as a run has spans.
 */
export function ensureHooks(runner: object): void {
  const on = readField(runner, 'on');
  if (typeof on !== 'function' || hooked.has(runner)) return;
  hooked.add(runner);
  const listen = (event: string, listener: (...args: readonly unknown[]) => void): void =>
    void Reflect.apply(on, runner, [event, listener]);
  listen('agent_start', () => inEachSpanlessRun(askSession));
  listen('agent_tool_start', (_context, _agent, tool, details) =>
    inEachSpanlessRun((recording, run) =>
      startTool(recording, run, { tool, call: readField(details, 'toolCall') }),
    ),
  );
  listen('agent_tool_end', (_context, _agent, _tool, result, details) =>
    inEachSpanlessRun((recording, run) =>
      endTool(recording, run, { result, call: readField(details, 'toolCall') }),
    ),
  );
  listen('agent_handoff', (_context, from, to) =>
    inEachSpanlessRun((recording, run) => tellHandoff(recording, run, { from, to })),
  );
}

function inEachSpanlessRun(fn: (recording: Recording, run: OpenRun) => void): void {
  for (const [recording, run] of currentRuns()) {
    if (run.spans.size === 0)
      recording.port.guard('A hook of OpenAI Agents could not be recorded', () =>
        fn(recording, run),
      );
  }
}

function startTool(
  { port }: Recording,
  { runId }: OpenRun,
  { tool, call }: { readonly tool: unknown; readonly call: unknown },
): void {
  const stepId = readText(call, 'callId');
  if (stepId === undefined) return;
  port.emit({
    type: 'step-start',
    runId,
    stepId,
    kind: 'tool',
    name: readText(tool, 'name') ?? 'tool',
    timestamp: port.now(),
    input: parsedJson(readField(call, 'arguments')),
  });
}

function endTool(
  { port }: Recording,
  { runId }: OpenRun,
  { result, call }: { readonly result: unknown; readonly call: unknown },
): void {
  const stepId = readText(call, 'callId');
  if (stepId === undefined) return;
  const timestamp = port.now();
  port.emit({ type: 'step-end', runId, stepId, timestamp, output: parsedJson(result) });
}

function tellHandoff(
  { port }: Recording,
  { runId }: OpenRun,
  { from, to }: { readonly from: unknown; readonly to: unknown },
): void {
  const [source, target] = [from, to].map((agent) => readText(agent, 'name') ?? 'agent');
  const time = port.now();
  port.emit({
    type: 'step-end',
    runId,
    stepId: randomUUID(),
    kind: 'span',
    name: `handoff to ${target}`,
    startTime: time,
    timestamp: time,
    input: { from: source },
    output: { to: target },
  });
}
