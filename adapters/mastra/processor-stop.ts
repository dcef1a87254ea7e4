import { type ErrorFacts, readField, readText } from '../../src/index.ts';
import {
  attribute,
  entityLabel,
  type ExportedSpan,
  spanError,
  textAttribute,
} from './exported-span.ts';

/** A processor that stopped the run on purpose (`tripwire`), or broke. */
export interface ProcessorStop {
  readonly how: 'tripwire' | 'broke';
  readonly processor: string;
  /** Where in the run it stood: `input`, `inputStep`, `outputStream`, `outputStep`, `outputResult`. */
  readonly phase: string | undefined;
  /** Whether it asked for another try, which Mastra may grant. */
  readonly retry: boolean;
  readonly error: ErrorFacts;
}

/** What the span of a processor says. One that breaks while it looks at a single chunk is logged by Mastra, and the run goes on. */
export function toStop(span: ExportedSpan): ProcessorStop | undefined {
  const tripwire = attribute(span, 'tripwireAbort');
  const phase = textAttribute(span, 'processorPhase');
  const processor = entityLabel(span);
  if (tripwire !== undefined) {
    const retry = readField(tripwire, 'retry') === true;
    return { how: 'tripwire', processor, phase, retry, error: tripwireError(tripwire, processor) };
  }
  const error = spanError(span);
  if (error === undefined || phase === 'outputStream') return undefined;
  return { how: 'broke', processor, phase, retry: false, error };
}

/** Whether it stops the run so that Mastra 1.71 never ends the agent's span. */
export function isLost({ how, phase, retry }: ProcessorStop): boolean {
  if (retry) return false;
  switch (how) {
    case 'tripwire':
      return phase === 'inputStep' || phase === 'outputStream';
    case 'broke':
      return phase === 'inputStep' || phase === 'outputStep';
    default:
      return how satisfies never;
  }
}

/** A tripwire as an error of the run. */
export function tripwireError(tripwire: unknown, processor: string): ErrorFacts {
  const reason = readText(tripwire, 'reason') ?? `the processor ${processor} stopped the run`;
  return { type: 'TripWire', message: reason };
}
