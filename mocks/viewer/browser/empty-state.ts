import type { ServerFacts } from '../api.ts';
import { element, type Content } from './dom.ts';

/** What stands where the runs would be. */
export function emptyState(total: number, facts: ServerFacts | undefined): readonly Content[] {
  if (total > 0) {
    return [
      element('p', { class: 'empty-title' }, ['No run matches.']),
      element('p', {}, ['Press Esc to see all of them.']),
    ];
  }
  if (facts === undefined) return [element('p', { class: 'empty-title' }, ['Asking the server …'])];
  const variables = [
    `LANGFUSE_BASE_URL=${location.origin}`,
    `LANGFUSE_PUBLIC_KEY=${facts.publicKey}`,
    `LANGFUSE_SECRET_KEY=${facts.secretKey}`,
  ];
  return [
    element('p', { class: 'empty-title' }, ['No runs yet.']),
    element('p', {}, ['Point your agent here, and they show up as they happen:']),
    element('pre', { class: 'code', tabindex: 0, 'aria-label': 'Variables' }, [
      variables.join('\n'),
    ]),
  ];
}
