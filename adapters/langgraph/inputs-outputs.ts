import { parsedJson, readEntries, readField, type StepFacts } from '../../src/index.ts';
import { messageText } from './messages.ts';
import { toPlain } from './plain-value.ts';

/** What a chain was given. LangChain tells a bare value as `{ input: value }`. */
export function toChainInput(inputs: unknown): unknown {
  // One tool call of an agent comes with the whole state around it.
  const call = readField(inputs, 'lg_tool_call');
  if (call !== undefined) return toPlain({ tool_call: call });
  return toPlain(unwrapped(inputs, 'input'));
}

/** What a chain gave. LangChain tells a bare value as `{ output: value }`. */
export function toChainOutput(outputs: unknown): unknown {
  const output = unwrapped(outputs, 'output');
  // A node of an agent gives a list of commands, nearly always one, nearly always an update and nothing else.
  const entries = readEntries(output, 2);
  const [only] = entries;
  if (entries.length === 1 && readField(only, 'lg_name') === 'Command') return toUpdate(only);
  return toPlain(output);
}

/** The arguments of a tool; LangChain tells them as JSON where they are an object. */
export function toToolInput(input: unknown): unknown {
  const args = parsedJson(input);
  // What the model wrote as JSON is no object of LangChain's, whatever its keys are.
  return args === input ? toPlain(input) : args;
}

/** What a tool gave: the content, where it comes in a message for the model, which may also say that the tool failed. */
export function toToolEnd(output: unknown): StepFacts {
  const isMessage = readField(output, 'tool_call_id') !== undefined;
  const facts = { output: toPlain(isMessage ? readField(output, 'content') : output) };
  if (readField(output, 'status') !== 'error') return facts;
  return { ...facts, level: 'ERROR', statusMessage: messageText(output) ?? 'The tool failed' };
}

function toUpdate(command: unknown): unknown {
  const plain = toPlain(command);
  const isUpdateOnly = Object.keys(plain ?? {}).join() === 'update';
  return isUpdateOnly ? readField(plain, 'update') : plain;
}

function unwrapped(value: unknown, key: 'input' | 'output'): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== key)
    return value;
  const field = readField(value, key);
  const isBare = typeof field !== 'object' || field === null || Array.isArray(field);
  return isBare ? field : value;
}
