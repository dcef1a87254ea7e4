import { forgetSource, type KnownSpan } from './known-spans.ts';
import type { Recording } from './recording.ts';
import { placeAgain } from './span-places.ts';
import { type ShownRole, type SpanRole, toRole } from './span-role.ts';
import { type SpanFacts, toFacts, toRoleFacts, type TracedSpan } from './span.ts';
import { tellSpan } from './told-spans.ts';

/** The moment at which it is looked at what a span is; the later, the more it has said. */
export type Occasion = 'start' | 'tick' | 'child' | 'end';

// Each of them was looked at when it had its own first child, so that it is rarely news.
const maxLevels = 32;

const plainStep: ShownRole = { type: 'step', kind: 'span' };

/**
 * Makes of a span what it says that it is; one that has not said it waits for the next occasion. Spans above are
 * looked at first, up to so many `levels`.
 */
export function decide(
  recording: Recording,
  span: KnownSpan,
  occasion: Occasion,
  levels: number = maxLevels,
): void {
  const { source, above } = span;
  if (source === undefined || span.told.as !== 'undecided') return;
  if (above !== undefined && levels > 0) {
    decide(recording, above, 'child', levels - 1);
    placeAgain(recording, span);
  }
  const roleFacts = toRoleFacts(source);
  // A name alone can wait: the agent's conversation and input come with the attributes.
  if (occasion === 'start' && Object.keys(roleFacts.attributes).length === 0) return;
  const decision = toDecision(recording, span, { role: toRole(roleFacts), occasion });
  if (decision === 'wait') return;
  forgetSource(span);
  if (decision === 'nothing') span.told = { as: 'nothing' };
  else tellSpan(recording, span, factsOf(recording, source), decision);
}

/** A span that was not told may have said at its end what it is. */
export function reconsider(recording: Recording, span: KnownSpan, facts: SpanFacts): void {
  if (span.told.as !== 'nothing') return;
  const role = toRole(facts);
  if (isShown(role)) tellSpan(recording, span, facts, { type: 'step', kind: role.kind });
}

/** Everything that a span says now. */
export function factsOf({ port }: Recording, source: TracedSpan): SpanFacts {
  return toFacts(source, port.now());
}

function toDecision(
  { keepsOthers }: Recording,
  { place }: KnownSpan,
  { role, occasion }: { readonly role: SpanRole; readonly occasion: Occasion },
): ShownRole | 'nothing' | 'wait' {
  if (isShown(role)) return role;
  if (occasion === 'start') return 'wait';
  if (place !== undefined) return role.type === 'hint' || keepsOthers ? plainStep : 'nothing';
  // With no run around, what has nothing to do with models may yet turn out to be inside of one.
  return role.type === 'hint' && occasion !== 'tick' ? plainStep : 'wait';
}

function isShown(role: SpanRole): role is ShownRole {
  return role.type === 'agent' || role.type === 'step';
}
