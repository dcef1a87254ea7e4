import type { LifecycleRecord, Outcome, Sink } from '../../src/index.ts';
import {
  type LangfuseOptions,
  type LangfuseSettings,
  readConfig,
  type WireChoice,
} from './config.ts';
import { type Connection, createConnection } from './connection.ts';
import { createIngestionWire } from './ingestion/sink.ts';
import { createOtlpWire } from './otlp/sink.ts';
import { createTraceUrl } from './trace-url.ts';
import { missingProblem } from './verdict.ts';
import type { Wire, WireOutcome } from './wire.ts';
import { createSwitchingWire } from './switching-wire.ts';

/**
 * A sink that asks the server how it wants to be written to, sends that way, and changes over when the server changes
 * its mind. Does no network I/O and loads no SDK until the first record.
 */
export function langfuse(options?: LangfuseOptions): Sink {
  return toSink('langfuse', options, (connection) => {
    const { wire } = connection.settings;
    switch (wire) {
      case 'auto':
        return createSwitchingWire(connection);
      case 'ingestion':
        return createIngestionWire(connection);
      case 'otlp':
        return createOtlpWire(connection);
      default:
        return wire satisfies never;
    }
  });
}

/** A sink for the legacy ingestion endpoint: servers before 4, and 4 in the write modes `legacy` and `dual`. */
export function langfuseIngestion(options?: LangfuseOptions): Sink {
  return toSink('langfuse-ingestion', options, (connection) => createIngestionWire(connection));
}

/** A sink for the OTLP endpoint: servers from 3.30 on (protobuf with gzip), Langfuse Cloud, an OpenTelemetry Collector. */
export function langfuseOtlp(options?: LangfuseOptions): Sink {
  return toSink('langfuse-otlp', options, createOtlpWire);
}

/** What sends: a wire, or several behind one face; `name` is the wire that it uses now. */
type Sender = Pick<Wire, 'send'> & { readonly name: WireChoice };

function toSink(
  name: string,
  options: LangfuseOptions | undefined,
  createSender: (connection: Connection) => Sender,
): Sink {
  const config = readConfig(options);
  if (config.type === 'disabled') return disabledSink(name, config.message);
  return connectedSink(name, config.settings, createSender);
}

function disabledSink(name: string, message: string): Sink {
  return {
    name,
    disabled: { message },
    send: (records) =>
      Promise.resolve(
        records.map((): Outcome => ({ type: 'rejected', reason: 'rejected', message })),
      ),
  };
}

function connectedSink(
  name: string,
  settings: LangfuseSettings,
  createSender: (connection: Connection) => Sender,
): Sink {
  const connection = createConnection(settings);
  const sender = createSender(connection);
  return {
    name,
    start: (context) => connection.attach(context),
    async send(records: readonly LifecycleRecord[], { signal }) {
      const outcomes = await sender.send(records, { signal });
      return outcomes.map((outcome) => toOutcome(outcome, connection));
    },
    traceUrl: createTraceUrl(connection),
    get standIn() {
      return {
        module: import.meta.url,
        factory: langfuse.name,
        options: toStandInOptions(settings, sender.name),
      };
    },
  };
}

// Everything is said, so that the other process needs neither environment nor `.env`; a `fetch` of the host stays here.
function toStandInOptions(settings: LangfuseSettings, wire: WireChoice): LangfuseOptions {
  const { fetch: _fetch, notices: _notices, proxyVariables, ...rest } = settings;
  return { ...rest, wire, dotenv: false, env: proxyVariables };
}

// With one wire only there is nowhere else to go: the records wait for the server or the configuration to change.
function toOutcome(outcome: WireOutcome, connection: Connection): Outcome {
  if (outcome.type !== 'wrong-wire') return outcome;
  const { cause, message } = outcome;
  connection.tellProblem(
    cause === 'missing'
      ? missingProblem(message)
      : {
          code: 'wire',
          message: `${connection.settings.baseUrl} does not take traces on the ingestion endpoint (${message}); traces wait. Set LANGFUSE_WIRE=auto, or use langfuse() or langfuseOtlp().`,
        },
  );
  return { type: 'retry' };
}
