import { asList, isRecord, toStoredText } from './json-value.ts';

/**
 * The sentence with which the server refuses a whole export because of a span that it could not process; undefined for
 * a good one (Langfuse >= 4.4).
 */
export function refusalOfExport(resourceSpans: unknown): string | undefined {
  const found = inspect(resourceSpans);
  if (found.reasons.size === 0) return undefined;
  const reasons = [...found.reasons].join(', ');
  const collections = `${found.badCollections} resource- or scope-level field(s) are present but not arrays`;
  const spans = `${found.badSpans} of ${found.spans} span(s) cannot be processed`;
  const subject = [found.badSpans > 0 ? spans : '', found.badCollections > 0 ? collections : '']
    .filter(Boolean)
    .join(' and ');
  const rules = [
    [...found.reasons].some((reason) => !reason.endsWith(notAList)) ? idRule : '',
    [...found.reasons].some((reason) => reason.endsWith(notAList)) ? listRule : '',
  ].filter(Boolean);
  const scopes = [...found.scopes].slice(0, 5).join(', ') || 'unknown';
  return `Invalid OTLP trace export: ${subject} (${reasons}). ${rules.join(' ')} The entire export was rejected and no spans were ingested. Instrumentation scopes: ${scopes}. ${otherEndpoint}`;
}

const notAList = ':not_an_array';
const idRule =
  'traceId and spanId are required on every span, and each must be a string or a byte array.';
const listRule =
  'scopeSpans, spans, attributes and events must all be arrays — OTLP attributes are a list of {key, value} entries, not a JSON object.';
const otherEndpoint =
  'This endpoint accepts OpenTelemetry traces only — if you are exporting OpenTelemetry logs, point your log exporter elsewhere.';

interface Findings {
  spans: number;
  badSpans: number;
  badCollections: number;
  readonly reasons: Set<string>;
  readonly scopes: Set<string>;
}

function inspect(resourceSpans: unknown): Findings {
  const found: Findings = {
    spans: 0,
    badSpans: 0,
    badCollections: 0,
    reasons: new Set(),
    scopes: new Set(),
  };
  for (const group of asList(resourceSpans)) {
    if (isBadList(at(group, 'resource', 'attributes'))) addCollection(found, 'resource.attributes');
    if (isBadList(at(group, 'scopeSpans'))) addCollection(found, 'scopeSpans');
    for (const scopeSpans of asList(at(group, 'scopeSpans'))) inspectScope(scopeSpans, found);
  }
  return found;
}

function inspectScope(scopeSpans: unknown, found: Findings): void {
  const scopeName = at(scopeSpans, 'scope', 'name');
  const note = (): void => {
    if (scopeName) found.scopes.add(toStoredText(scopeName));
  };
  for (const [field, value] of [
    ['scope.attributes', at(scopeSpans, 'scope', 'attributes')],
    ['spans', at(scopeSpans, 'spans')],
  ] as const) {
    if (!isBadList(value)) continue;
    addCollection(found, field);
    note();
  }
  for (const span of asList(at(scopeSpans, 'spans'))) {
    found.spans += 1;
    const reasons = reasonsAgainst(span);
    if (reasons.length === 0) continue;
    found.badSpans += 1;
    for (const reason of reasons) found.reasons.add(reason);
    note();
  }
}

function reasonsAgainst(span: unknown): readonly string[] {
  const parent = at(span, 'parentSpanId');
  const ids = [
    ['traceId', reasonAgainstId(at(span, 'traceId'))],
    ['spanId', reasonAgainstId(at(span, 'spanId'))],
    ['parentSpanId', parent ? reasonAgainstId(parent) : undefined],
  ] as const;
  const events = at(span, 'events');
  const hasBadEvent = asList(events).some((event) => isBadList(at(event, 'attributes')));
  return [
    ...ids.flatMap(([field, reason]) => (reason === undefined ? [] : [`${field}:${reason}`])),
    ...(isBadList(at(span, 'attributes')) ? [`attributes${notAList}`] : []),
    ...(isBadList(events) ? [`events${notAList}`] : []),
    ...(hasBadEvent ? [`event.attributes${notAList}`] : []),
  ];
}

function reasonAgainstId(id: unknown): string | undefined {
  if (id === null || id === undefined) return 'absent';
  return typeof id === 'string' || Array.isArray(id) ? undefined : 'not_an_id';
}

function addCollection(found: Findings, field: string): void {
  found.badCollections += 1;
  found.reasons.add(`${field}${notAList}`);
}

function isBadList(value: unknown): boolean {
  return value !== null && value !== undefined && !Array.isArray(value);
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) found = isRecord(found) ? found[key] : undefined;
  return found;
}
