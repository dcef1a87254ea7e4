import { readField, readText, type StepFacts } from '../../src/index.ts';
import { attribute, entityLabel, type ExportedSpan, fieldsOf } from './exported-span.ts';
import { isScalar, modelOf, toAnswer, toModelFacts } from './model-call.ts';
import { kindOf } from './span-role.ts';

/** What a span says of its step now; `ownMetadata` is what the span has beyond its run's. */
export function toStepFacts(
  span: ExportedSpan,
  ownMetadata: Readonly<Record<string, unknown>>,
): StepFacts & { readonly name: string } {
  const kind = kindOf(span);
  const input = toInput(span);
  const output = kind === 'generation' ? toAnswer(span.output) : span.output;
  const metadata = { ...scalarAttributes(span), ...ownMetadata };
  return {
    name: stepName(span),
    kind,
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...toModelFacts(span),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

function stepName(span: ExportedSpan): string {
  const kind = kindOf(span);
  switch (kind) {
    case 'generation':
      return modelOf(span) ?? 'model';
    case 'tool':
    case 'guardrail':
      return entityLabel(span);
    default:
      return span.type === 'workflow_step' ? (span.entityId ?? span.name) : span.name;
  }
}

function toInput(span: ExportedSpan): unknown {
  if (span.type === 'client_tool_call') return readField(span.metadata, 'args');
  return span.input;
}

/** Attributes that are told elsewhere, or too long for what they say. */
const toldElsewhere = new Set(['model', 'toolDescription', 'instructions', 'prompt', 'success']);

const renamed: Readonly<Record<string, string>> = {
  finishReason: 'finish_reason',
  responseModel: 'response_model',
};

function scalarAttributes(span: ExportedSpan): Readonly<Record<string, unknown>> {
  const kept = fieldsOf(span.attributes)
    .filter(([key, value]) => isScalar(value) && !toldElsewhere.has(key))
    .map(([key, value]) => [renamed[key] ?? key, value] as const);
  const reason = readText(attribute(span, 'tripwireAbort'), 'reason');
  return {
    ...Object.fromEntries(kept),
    ...(reason !== undefined && { tripwire: reason }),
  };
}
