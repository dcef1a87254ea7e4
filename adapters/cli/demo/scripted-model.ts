import { setTimeout as delay } from 'node:timers/promises';
import type { ReActDecision, ReActModel, ReActRequest } from '../../../src/index.ts';
import { toWords } from './knowledge.ts';

/** What an agent of the demo is asked; an object may name the conversation. */
export type Question = string | { readonly question: string; readonly conversationId?: string };

/** Rules in the place of a language model: from what was observed so far to the next move. */
export type Script = (request: ReActRequest<Question>) => ReActDecision;

/**
 * A model that follows a script and takes `thinkingMs` for each decision. It decides by what the tools returned and is
 * the same every time. Its usage counts words, as it has no tokens.
 */
export function createScriptedModel(
  script: Script,
  { thinkingMs }: { readonly thinkingMs: number },
): ReActModel<Question, string> {
  return async (request, { signal }) => {
    await delay(thinkingMs, undefined, signal === undefined ? {} : { signal });
    const decision = script(request);
    const usage = { input: countWords(request), output: countWords(decision) };
    return { ...decision, usage, model: 'scripted' };
  };
}

/** The text of a question. */
export function textOf(question: Question): string {
  return typeof question === 'string' ? question : question.question;
}

function countWords(value: unknown): number {
  return toWords(JSON.stringify(value)).length;
}
