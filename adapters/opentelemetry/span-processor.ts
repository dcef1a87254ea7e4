import {
  type AdapterPort,
  adapterPort,
  ConfigError,
  type Lifecycle,
  type Place,
  readField,
} from '../../src/index.ts';
import { registeredContextManager } from '../opentelemetry-context.ts';
import { activatedPlace, activeSpanIds } from './active-span.ts';
import { type SpanFacts, toFacts, toPosition, toRoleFacts, type TracedSpan } from './span.ts';
import {
  createNotes,
  createSpanNodes,
  forgetOldest,
  type RunNotes,
  type SpanNode,
} from './span-node.ts';
import { toRole } from './span-role.ts';
import { createSpanTranslator, type SpanTranslator } from './span-translator.ts';

/** What a processor makes of the spans that it gets. */
export interface LifecycleSpanProcessorOptions {
  /**
   * Spans inside a run that have nothing to do with models or agents, for example requests and queries: `keep` makes
   * steps of them, `drop` leaves them out, and what is below them hangs one level higher. Default `keep`.
   */
  readonly otherSpans?: 'keep' | 'drop';
}

// Runs of the program itself in which there were spans.
const maxOtherRuns = 1_000;

// Each of them was looked at when it had its own first child, so that it is rarely news.
const maxLevels = 32;

/** The moment at which it is looked at what a span is; the later, the more it has said. */
type Occasion = 'start' | 'tick' | 'child' | 'end';

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
  readonly #port: AdapterPort;
  readonly #translator: SpanTranslator;
  readonly #keepsOthers: boolean;
  readonly #nodes = createSpanNodes();
  readonly #otherRuns = new Map<string, RunNotes>();
  readonly #stopLocating: () => void;
  #isClosed = false;

  /** @throws {ConfigError} when the lifecycle was not made by `createLifecycle`, or an option has a form that cannot work. */
  constructor(lifecycle: Lifecycle, options: LifecycleSpanProcessorOptions = {}) {
    const otherSpans: unknown = readField(options, 'otherSpans') ?? 'keep';
    if (otherSpans !== 'keep' && otherSpans !== 'drop') {
      throw new ConfigError(
        `otherSpans: expected 'keep' or 'drop', received ${typeof otherSpans === 'string' ? `'${otherSpans}'` : typeof otherSpans}. Leave it out to keep them.`,
      );
    }
    this.#lifecycle = lifecycle;
    this.#port = adapterPort(lifecycle);
    this.#translator = createSpanTranslator(this.#port);
    this.#keepsOthers = otherSpans === 'keep';
    this.#stopLocating = this.#port.isRecording
      ? this.#port.locate(() => this.#locate())
      : () => {};
  }

  /** Called by the SDK when a span starts. */
  onStart(span: TracedSpan, parentContext: unknown): void {
    if (this.#isClosed || !this.#port.isRecording) return;
    this.#port.guard('The start of a span could not be recorded', () => {
      this.#start(span, parentContext);
    });
  }

  /** Called by the SDK when a span has ended. */
  onEnd(span: TracedSpan): void {
    if (this.#isClosed || !this.#port.isRecording) return;
    this.#port.guard('The end of a span could not be recorded', () => {
      this.#end(span);
    });
  }

  /** Sends what waits; never rejects. */
  async forceFlush(): Promise<void> {
    await this.#lifecycle.flush();
  }

  /** Ends the runs of spans that are still open as `never_ended` and sends what waits; never rejects. The lifecycle stays open. */
  async shutdown(): Promise<void> {
    if (!this.#isClosed) {
      this.#port.guard('Open spans could not be ended', () => {
        this.#abandonAll();
      });
      this.#isClosed = true;
      this.#stopLocating();
      this.#nodes.clear();
    }
    await this.#lifecycle.flush();
  }

  #start(span: TracedSpan, parentContext: unknown): void {
    const position = toPosition(span);
    if (position === undefined || !position.isSampled) return;
    const { traceId, parentSpanId } = position;
    const above =
      parentSpanId === undefined ? undefined : this.#nodes.get({ traceId, spanId: parentSpanId });
    if (above !== undefined) this.#decide(above, 'child');
    const node: SpanNode = {
      position,
      record: { type: 'undecided' },
      span,
      above,
      place: undefined,
      notes: undefined,
    };
    this.#settle(node, () => this.#surrounding(parentContext));
    this.#nodes.add(node);
    this.#decide(node, 'start');
    if (node.record.type !== 'undecided') return;
    // Most instrumentations set what a span is in the statements after its start.
    queueMicrotask(() => {
      this.#port.guard('The start of a span could not be recorded', () => {
        this.#decide(node, 'tick');
      });
    });
  }

  /** Where the span belongs: to the span above, as far as its run is open, else to what is around. */
  #settle(node: SpanNode, around: () => Place | undefined): void {
    const { above } = node;
    node.place = this.#openPlace(above) ?? around();
    node.notes = node.place && this.#notesOf(node.place, above?.notes);
  }

  /** A run that has ended takes no more children; the run around it does while it is open. */
  #openPlace(node: SpanNode | undefined): Place | undefined {
    const place = node?.place;
    if (place === undefined || this.#port.isOpen(place.runId)) return place;
    for (let notes = node?.notes?.outer; notes !== undefined; notes = notes.outer) {
      if (this.#port.isOpen(notes.runId)) return { runId: notes.runId };
    }
    return undefined;
  }

  /** The place of a span that has none of our spans above: that of its context, else that of the caller. */
  #surrounding(parentContext: unknown): Place | undefined {
    const place = activatedPlace(parentContext);
    if (place !== undefined && this.#port.isOpen(place.runId)) return place;
    const current = this.#port.current();
    return current !== undefined && this.#port.isOpen(current.runId) ? current : undefined;
  }

  /** What is noted of the run of a place: it has spans above, or the program started it itself. */
  #notesOf({ runId }: Place, above: RunNotes | undefined): RunNotes {
    for (let notes = above; notes !== undefined; notes = notes.outer) {
      if (notes.runId === runId) return notes;
    }
    const known = this.#otherRuns.get(runId);
    if (known !== undefined) return known;
    const notes = createNotes({ runId, name: '', outer: undefined, isForeign: true });
    this.#otherRuns.set(runId, notes);
    forgetOldest(this.#otherRuns, maxOtherRuns);
    return notes;
  }

  #end(span: TracedSpan): void {
    const position = toPosition(span);
    const node = position && this.#nodes.get(position);
    if (node === undefined) return;
    const facts = toFacts(span, this.#port.now());
    if (node.record.type === 'left-out') this.#reconsider(node, facts);
    this.#decide(node, 'end');
    this.#translator.close(node, facts);
    node.span = undefined;
    node.above = undefined;
    this.#nodes.end(node);
  }

  /** A span that was left out may have said at its end what it is. */
  #reconsider(node: SpanNode, facts: SpanFacts): void {
    const role = toRole(facts);
    if (role.type === 'step' || role.type === 'agent')
      this.#translator.open(node, facts, { type: 'step', kind: role.kind });
  }

  /**
   * Makes of a span what it says that it is; one that has not said it waits for the next occasion. Spans above are
   * looked at first, up to so many `levels`.
   */
  #decide(node: SpanNode, occasion: Occasion, levels = maxLevels): void {
    const { span, above } = node;
    if (span === undefined || node.record.type !== 'undecided') return;
    if (above !== undefined && levels > 0) {
      this.#decide(above, 'child', levels - 1);
      this.#settle(node, () => node.place);
    }
    const roleFacts = toRoleFacts(span);
    // A name alone can wait: the agent's conversation and input come with the attributes.
    if (occasion === 'start' && Object.keys(roleFacts.attributes).length === 0) return;
    const role = toRole(roleFacts);
    if (role.type === 'agent' || role.type === 'step') this.#open(node, span, role);
    else if (occasion === 'start') return;
    else if (node.place !== undefined) {
      if (role.type === 'hint' || this.#keepsOthers)
        this.#open(node, span, { type: 'step', kind: 'span' });
      else {
        node.record = { type: 'left-out' };
        forgetSpan(node);
      }
    } else if (role.type === 'hint' && occasion !== 'tick')
      this.#open(node, span, { type: 'step', kind: 'span' });
  }

  #open(node: SpanNode, span: TracedSpan, role: Parameters<SpanTranslator['open']>[2]): void {
    forgetSpan(node);
    this.#translator.open(node, toFacts(span, this.#port.now()), role);
  }

  /** Where the active span of the program belongs, as long as that run is open. */
  #locate(): Place | undefined {
    const ids = activeSpanIds(registeredContextManager()?.active());
    const node = ids && this.#nodes.get(ids);
    if (node === undefined) return undefined;
    this.#decide(node, 'child');
    const { place } = node;
    return place !== undefined && this.#port.isOpen(place.runId) ? place : undefined;
  }

  #abandonAll(): void {
    for (const node of this.#nodes.open()) {
      this.#decide(node, 'end');
      this.#translator.abandon(node, 'its span was still open when the processor was shut down');
    }
  }
}

function forgetSpan(node: SpanNode): void {
  node.span = undefined;
  node.above = undefined;
}
