import { classifyFailure, type ErrorFacts, readText, type StepEndEvent } from '../../src/index.ts';
import { attribute, type ExportedSpan, spanError } from './exported-span.ts';

/** The failure of a step. A tool whose arguments did not fit has no error in Mastra, only an output that says so. */
export function stepFailure(
  span: ExportedSpan,
): Pick<StepEndEvent, 'error' | 'failure'> | undefined {
  const error = spanError(span) ?? refusedArguments(span);
  if (error === undefined) return undefined;
  const ending = classifyFailure(span.errorInfo);
  const isAborted = ending.status === 'error' && ending.reason === 'aborted';
  return { error, failure: isAborted ? 'aborted' : 'error' };
}

function refusedArguments(span: ExportedSpan): ErrorFacts | undefined {
  if (attribute(span, 'success') !== false) return undefined;
  const message = readText(span.output, 'message') ?? 'the tool call was refused';
  return { type: 'ToolCallRefused', message };
}
