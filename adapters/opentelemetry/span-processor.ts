import { adapterPort, ConfigError, type Lifecycle, readField } from '../../src/index.ts';
import { createRecording, type Recording } from './recording.ts';
import type { TracedSpan } from './span.ts';
import { abandonSpans, endSpan, placeOfActiveSpan, startSpan } from './spans.ts';

/** What a processor makes of the spans that it gets. */
export interface LifecycleSpanProcessorOptions {
  /**
   * Spans inside a run that have nothing to do with models or agents, for example requests and queries: `keep` makes
   * steps of them, `drop` leaves them out, and what is below them hangs one level higher. Default `keep`.
   */
  readonly otherSpans?: 'keep' | 'drop';
}

/**
 * An OpenTelemetry span processor that makes runs of the agent spans of any instrumentation, and steps of the spans
 * inside. It fits the SDK 1 and 2 for JavaScript, never throws, and keeps no span longer than until it ended or said
 * what it is. Spans that are not sampled are not looked at.
 *
 * @example
 * ```ts
 * const lifecycle = createLifecycle();
 * const sdk = new NodeSDK({ spanProcessors: [new LifecycleSpanProcessor(lifecycle)] });
 * ```
 */
export class LifecycleSpanProcessor {
  readonly #lifecycle: Lifecycle;
  readonly #recording: Recording;
  readonly #stopLocating: () => void;
  #isClosed = false;

  /** @throws {ConfigError} when the lifecycle was not made by `createLifecycle`, or an option has a form that cannot work. */
  constructor(lifecycle: Lifecycle, options: LifecycleSpanProcessorOptions = {}) {
    const otherSpans = toOtherSpans(options);
    const port = adapterPort(lifecycle);
    const recording = createRecording(port, otherSpans);
    this.#lifecycle = lifecycle;
    this.#recording = recording;
    this.#stopLocating = port.isRecording
      ? port.locate(() => placeOfActiveSpan(recording))
      : () => {};
  }

  /** Called by the SDK when a span starts. */
  onStart(span: TracedSpan, parentContext: unknown): void {
    const { port } = this.#recording;
    if (this.#isClosed || !port.isRecording) return;
    port.guard('The start of a span could not be recorded', () => {
      startSpan(this.#recording, span, parentContext);
    });
  }

  /** Called by the SDK when a span has ended. */
  onEnd(span: TracedSpan): void {
    const { port } = this.#recording;
    if (this.#isClosed || !port.isRecording) return;
    port.guard('The end of a span could not be recorded', () => {
      endSpan(this.#recording, span);
    });
  }

  /** Sends what waits; never rejects. */
  async forceFlush(): Promise<void> {
    await this.#lifecycle.flush();
  }

  /** Ends the runs of spans that are still open as `never_ended` and sends what waits; never rejects. The lifecycle stays open. */
  async shutdown(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      abandonSpans(this.#recording, 'its span was still open when the processor was shut down');
      this.#stopLocating();
    }
    await this.#lifecycle.flush();
  }
}

function toOtherSpans(options: LifecycleSpanProcessorOptions): 'keep' | 'drop' {
  const otherSpans: unknown = readField(options, 'otherSpans') ?? 'keep';
  if (otherSpans === 'keep' || otherSpans === 'drop') return otherSpans;
  throw new ConfigError(
    `otherSpans: expected 'keep' or 'drop', received ${typeof otherSpans === 'string' ? `'${otherSpans}'` : typeof otherSpans}. Leave it out to keep them.`,
  );
}
