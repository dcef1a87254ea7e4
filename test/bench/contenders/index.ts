import type { Contender } from './contender.ts';

/** Where each contender is, by its id, in the order of the tables. */
const contenders = {
  untraced: { label: 'no tracing', load: async () => (await import('./untraced.ts')).untraced },
  'floor-protobuf': {
    label: 'floor, OTLP/protobuf by hand',
    load: async () => (await import('./floor-protobuf.ts')).floorProtobuf,
  },
  'floor-json': {
    label: 'floor, OTLP/JSON by hand',
    load: async () => (await import('./floor-json.ts')).floorJson,
  },
  'otel-json': {
    label: 'OpenTelemetry SDK, JSON',
    load: async () => (await import('./opentelemetry.ts')).openTelemetryJson,
  },
  'otel-protobuf': {
    label: 'OpenTelemetry SDK, protobuf',
    load: async () => (await import('./opentelemetry.ts')).openTelemetryProtobuf,
  },
  'langfuse-otel': {
    label: '@langfuse/tracing + @langfuse/otel',
    load: async () => (await import('./langfuse-otel.ts')).langfuseOtel,
  },
  'langfuse-legacy': {
    label: 'langfuse 3',
    load: async () => (await import('./langfuse-legacy.ts')).langfuseLegacy,
  },
  braintrust: {
    label: 'braintrust',
    load: async () => (await import('./braintrust.ts')).braintrust,
  },
  langsmith: { label: 'langsmith', load: async () => (await import('./langsmith.ts')).langsmith },
  'ours-otlp': { label: '**ours, OTLP**', load: async () => (await import('./ours.ts')).oursOtlp },
  'ours-otlp-plain': {
    label: '**ours, OTLP, uncompressed**',
    load: async () => (await import('./ours.ts')).oursOtlpPlain,
  },
  'ours-legacy': {
    label: '**ours, legacy wire**',
    load: async () => (await import('./ours.ts')).oursLegacy,
  },
} as const satisfies Readonly<
  Record<string, { readonly label: string; readonly load: () => Promise<Contender> }>
>;

/** The name of a contender in commands and goals. */
export type ContenderId = keyof typeof contenders;

/** All of them, in the order of the tables. */
export const contenderIds = Object.keys(contenders) as readonly ContenderId[];

/** How a contender is called in tables. */
export function labelOf(id: ContenderId): string {
  return contenders[id].label;
}

/** Loads what drives a contender; its packages come with `start`. */
export function loadContender(id: ContenderId): Promise<Contender> {
  return contenders[id].load();
}
