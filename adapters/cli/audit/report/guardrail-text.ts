import { whole } from './format.ts';
import type { GuardrailCheck } from '../measure/guardrail.ts';

/** One limit and what was found, in words. */
export function checkText({ name, limit, found, passed }: GuardrailCheck): string {
  const [what, relation] = wording(name, passed);
  return `${what}: ${found === null ? 'nothing to measure' : number(name, found)} ${relation} ${number(name, limit)}`;
}

function wording(name: GuardrailCheck['name'], passed: boolean): readonly [string, string] {
  switch (name) {
    case 'min-complete':
      return ['complete parents', passed ? '≥' : '<'];
    case 'max-stale':
      return ['stale in-progress parents', passed ? '≤' : '>'];
    case 'max-orphans':
      return ['orphan traces', passed ? '≤' : '>'];
    case 'min-parents':
      return ['parents that are due', passed ? '≥' : '<'];
    default:
      return name satisfies never;
  }
}

// Rounded down, so that what misses the limit never reads as if it met it.
function number(name: GuardrailCheck['name'], value: number): string {
  return name === 'min-complete' ? `${Math.floor(value * 1_000 + 1e-6) / 1_000}%` : whole(value);
}
