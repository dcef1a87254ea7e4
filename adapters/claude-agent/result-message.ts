import { readEntries, readField, readText } from '../../src/index.ts';
import { completeCall, noteFinishReason, settleCalls } from './model-calls.ts';
import type { OpenRun } from './open-run.ts';
import { readResult } from './result.ts';
import { updateRun } from './run-events.ts';
import { deferTool } from './tool-calls.ts';

/** A `result` message: a turn is over, and here is the bill. */
export function resultCame(run: OpenRun, message: unknown, time: number): void {
  completeCall(run, undefined);
  const { spent, metadata } = run.spend.read(message);
  const result = readResult(message, run.blockedPrompt);
  const { isError, stopReason, terminalReason, turns } = result;
  run.result = result;
  run.blockedPrompt = undefined;
  if (!isError && stopReason !== undefined) noteFinishReason(run, stopReason);
  settleCalls(run, spent, time);
  const deferredId = readText(result.deferredTool, 'id');
  if (deferredId !== undefined) deferTool(run, deferredId, time);
  const denied = readEntries(readField(message, 'permission_denials'), 100).map((denial) =>
    readText(denial, 'tool_name'),
  );
  updateRun(run, {
    metadata: {
      ...(denied.length > 0 && { permission_denials: denied }),
      num_turns: turns,
      ...(terminalReason !== undefined && { terminal_reason: terminalReason }),
      ...(stopReason !== undefined && { finish_reason: stopReason }),
      ...metadata,
    },
  });
}
