import type { Level, ObservationKind, StepFacts } from '../../src/index.ts';
import { firstText } from './attributes.ts';
import { toInput, toOutput } from './inputs-outputs.ts';
import { toMetadata } from './metadata.ts';
import {
  toFirstTokenTime,
  toModel,
  toModelParameters,
  toSpanCost,
  toSpanUsage,
} from './model-call.ts';
import { toStepName } from './names.ts';
import type { SpanFacts } from './span.ts';

/** Everything that a span tells of its step; the same at its start, with less, and at its end. */
export function toStepFacts(
  facts: SpanFacts,
  kind: ObservationKind,
): StepFacts & { readonly name: string } {
  const { attributes } = facts;
  const input = toInput(facts);
  const output = toOutput(facts);
  const level = toLevel(firstText(attributes, ['langfuse.observation.level']));
  const statusMessage = firstText(attributes, ['langfuse.observation.status_message']);
  return {
    name: toStepName(facts, kind),
    kind,
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...(callsModel.has(kind) && toModelFacts(facts)),
    ...(level !== undefined && { level }),
    ...(statusMessage !== undefined && { statusMessage }),
    metadata: toMetadata(facts),
  };
}

/** Langfuse adds up the usage of all observations, so that an agent's own total would count twice. */
const callsModel: ReadonlySet<ObservationKind> = new Set(['generation', 'embedding']);

function toModelFacts(facts: SpanFacts): StepFacts {
  const model = toModel(facts);
  const modelParameters = toModelParameters(facts);
  const usage = toSpanUsage(facts);
  const cost = toSpanCost(facts);
  const completionStartTime = toFirstTokenTime(facts);
  return {
    ...(model !== undefined && { model }),
    ...(modelParameters !== undefined && { modelParameters }),
    ...(usage !== undefined && { usage }),
    ...(cost !== undefined && { cost }),
    ...(completionStartTime !== undefined && { completionStartTime }),
  };
}

function toLevel(text: string | undefined): Level | undefined {
  const level = text?.toUpperCase();
  return level === 'DEBUG' || level === 'DEFAULT' || level === 'WARNING' || level === 'ERROR'
    ? level
    : undefined;
}
