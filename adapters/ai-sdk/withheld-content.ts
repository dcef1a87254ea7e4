import { readField } from '../../src/index.ts';

const hiddenInput = '[recordInputs is false]';
const hiddenOutput = '[recordOutputs is false]';

/** Whether the call was told not to show its inputs. */
function hidesInputs(event: unknown): boolean {
  return readField(event, 'recordInputs') === false;
}

/** Whether it was told not to show its outputs. */
export function hidesOutputs(event: unknown): boolean {
  return readField(event, 'recordOutputs') === false;
}

/** What went in, or what stands for it when it is not to be shown. */
export function shownInput(event: unknown, toInput: (event: unknown) => unknown): unknown {
  return hidesInputs(event) ? hiddenInput : toInput(event);
}

/** The same for what came out. */
export function shownOutput(event: unknown, toOutput: (event: unknown) => unknown): unknown {
  return hidesOutputs(event) ? hiddenOutput : toOutput(event);
}

/** Settings of one provider, its metadata and what goes with a request: keys, routing, signatures. Never recorded. */
const providerKeys: ReadonlySet<string> = new Set([
  'providerOptions',
  'providerMetadata',
  'experimental_providerMetadata',
  'headers',
]);

/** A copy of an object of the SDK without what is only for its provider; `undefined` when it is no object. */
export function withoutProviderFields(
  value: unknown,
): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  try {
    return Object.fromEntries(Object.entries(value).filter(([key]) => !providerKeys.has(key)));
  } catch {
    return {};
  }
}
