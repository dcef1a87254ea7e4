import {
  createLifecycle as createLangfuseLifecycle,
  type Lifecycle,
  type Run,
} from 'langfuse-lifecycle';

/** What a sample leaves out: the program that it would stand in. */
declare global {
  var lifecycle: Lifecycle;
  var createLifecycle: typeof createLangfuseLifecycle;
  var question: string;
  var chat: { readonly id: string };
  var messages: readonly { readonly role: string; readonly content: string }[];
  var llm: (messages: unknown) => Promise<{ readonly text: string; readonly usage: object }>;
  var search: (query: string) => Promise<readonly string[]>;
  var compose: (plan: string, documents: readonly string[]) => string;
  var answer: (run: Run) => Promise<string>;
}

// Made when a sample uses it: one that makes its own has no other beside it.
let made: Lifecycle | undefined;
Object.defineProperty(globalThis, 'lifecycle', {
  get: () => (made ??= createLangfuseLifecycle()),
});
globalThis.createLifecycle = createLangfuseLifecycle;
globalThis.question = 'Where is my parcel?';
globalThis.chat = { id: 'chat-7' };
globalThis.messages = [{ role: 'user', content: globalThis.question }];
globalThis.llm = () =>
  Promise.resolve({ text: 'look it up', usage: { input_tokens: 12, output_tokens: 3 } });
globalThis.search = (query) => Promise.resolve([`found for ${query}`]);
globalThis.compose = (plan, documents) => `${plan}: ${documents.join(', ')}`;
globalThis.answer = () => Promise.resolve('It is on its way.');
