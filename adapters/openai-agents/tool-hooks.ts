import { randomUUID } from 'node:crypto';

import { type AdapterPort, parsedJson, readField, readText } from '../../src/index.ts';
import { currentRuns, type TracedRun } from './trace-processor.ts';

type Teller = (port: AdapterPort, run: TracedRun) => void;

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
  listen('agent_start', () => tell((_port, run) => run.onProgress()));
  listen('agent_tool_start', (_context, _agent, tool, details) =>
    tell(toolStarted(tool, readField(details, 'toolCall'))),
  );
  listen('agent_tool_end', (_context, _agent, _tool, result, details) =>
    tell(toolEnded(result, readField(details, 'toolCall'))),
  );
  listen('agent_handoff', (_context, from, to) => tell(handedOff(from, to)));
}

function toolStarted(tool: unknown, call: unknown): Teller {
  return (port, { runId }) => {
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
  };
}

function toolEnded(result: unknown, call: unknown): Teller {
  return (port, { runId }) => {
    const stepId = readText(call, 'callId');
    if (stepId === undefined) return;
    const timestamp = port.now();
    port.emit({ type: 'step-end', runId, stepId, timestamp, output: parsedJson(result) });
  };
}

function handedOff(from: unknown, to: unknown): Teller {
  return (port, { runId }) => {
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
  };
}

function tell(fn: Teller): void {
  for (const [port, run] of currentRuns()) {
    if (!run.steps.isTold)
      port.guard('A hook of OpenAI Agents could not be recorded', () => fn(port, run));
  }
}
