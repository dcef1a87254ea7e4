import { pass } from './story-time.ts';

/** What the agent of the pictures is asked, and in which conversation. */
export const question = 'Where is my parcel 1Z-204?';
export const chat: { readonly id: string } = { id: 'chat-7' };
export const messages: readonly object[] = [{ role: 'user', content: question }];

/** A model, which takes a while. */
export async function llm(
  _messages: readonly object[],
): Promise<{ readonly text: string; readonly usage: { input: number; output: number } }> {
  pass(1_840);
  return { text: 'Find the order, then ask its carrier.', usage: { input: 212, output: 18 } };
}

export async function findOrder(_plan: string): Promise<{ readonly carrier: string }> {
  pass(310);
  return { carrier: 'north' };
}

/** Says that it waits, and waits for an answer that does not come. */
export function trackParcel(_order: { readonly carrier: string }): Promise<string> {
  pass(6_200);
  console.log('waiting');
  return new Promise((resolve) => setTimeout(resolve, 60_000, 'on its way'));
}
