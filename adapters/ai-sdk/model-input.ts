import { readEntries, readField } from '../../src/index.ts';
import { shownInput, withoutProviderFields } from './withheld-content.ts';

/** Parts and messages are looked at up to this many; the sanitizer bounds what is kept. */
const most = 10_000;

/** The messages of a call, its instructions first as a system message. */
export function toModelInput(event: unknown): unknown {
  return shownInput(event, toMessages);
}

/** The same as the input of a run, which is the text alone when the user said nothing but one text. */
export function toPromptInput(event: unknown): unknown {
  const messages = toModelInput(event);
  if (!Array.isArray(messages)) return messages;
  const [only, ...others] = messages;
  const content = readField(only, 'content');
  const isText = others.length === 0 && readField(only, 'role') === 'user';
  return isText && typeof content === 'string' && content.trim() !== '' ? content : messages;
}

function toMessages(event: unknown): readonly unknown[] {
  const instructions = readField(event, 'instructions') ?? readField(event, 'system');
  const prompt = readField(event, 'prompt');
  const told = readField(event, 'messages') ?? readField(event, 'promptMessages');
  const messages =
    typeof prompt === 'string'
      ? [{ role: 'user', content: prompt }]
      : readEntries(Array.isArray(prompt) ? prompt : told, most).map(toMessage);
  return [...toSystemMessages(instructions), ...messages];
}

function toSystemMessages(instructions: unknown): readonly unknown[] {
  if (typeof instructions === 'string') return [{ role: 'system', content: instructions }];
  if (Array.isArray(instructions)) return readEntries(instructions, most).map(toMessage);
  return typeof instructions === 'object' && instructions !== null ? [toMessage(instructions)] : [];
}

/** A message without what is only for its provider, in its parts as well. */
function toMessage(value: unknown): unknown {
  const message = withoutProviderFields(value);
  const content = readField(message, 'content');
  if (message === undefined || !Array.isArray(content)) return message ?? value;
  return {
    ...message,
    content: readEntries(content, most).map((part) => withoutProviderFields(part) ?? part),
  };
}
