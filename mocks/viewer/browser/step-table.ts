import { element, icon } from './dom.ts';
import type { StepRow } from './step-tree.ts';

/** Makes an empty line of the tree. */
export function createStepRow(): HTMLElement {
  return element('div', { role: 'treeitem', class: 'step-row' });
}

/** Writes a step into a line of the tree; does nothing when the same stands there. */
export function fillStepRow(row: HTMLElement, step: StepRow, selectedKey: string): void {
  const isSelected = step.key === selectedKey;
  const signature = JSON.stringify([step, isSelected]);
  if (signatures.get(row) === signature) return;
  signatures.set(row, signature);
  row.setAttribute('aria-level', String(step.depth));
  row.setAttribute('aria-posinset', String(step.position));
  row.setAttribute('aria-setsize', String(step.siblings));
  row.setAttribute('aria-selected', String(isSelected));
  if (step.hasChildren) row.setAttribute('aria-expanded', String(step.isExpanded));
  else row.removeAttribute('aria-expanded');
  row.className = `step-row level-${step.level}${step.isOpen ? ' is-open' : ''}`;
  row.replaceChildren(label(step), timeline(step), duration(step));
}

const signatures = new WeakMap<HTMLElement, string>();

// Deeper levels stand below each other: a name that cannot be read helps nobody.
const deepest = 14;

function label(step: StepRow): HTMLElement {
  const twisty = element('span', { class: step.hasChildren ? 'twisty' : 'twisty none' });
  if (step.hasChildren) twisty.append(icon('chevron'));
  const made = element('span', { class: 'step-label' }, [
    twisty,
    element('span', { class: `type type-${step.type}` }, [step.type]),
    element('span', { class: 'step-name', title: step.name }, [step.name]),
    element('span', { class: 'step-note', title: step.note }, [step.note]),
  ]);
  made.style.paddingInlineStart = `${(Math.min(step.depth, deepest) - 1) * 16}px`;
  return made;
}

function timeline(step: StepRow): HTMLElement {
  const bar = element('span', { class: step.isMoment ? 'bar moment' : `bar bar-${step.type}` });
  bar.style.insetInlineStart = `${(step.start * 100).toFixed(3)}%`;
  if (!step.isMoment) bar.style.width = `${(step.length * 100).toFixed(3)}%`;
  if (step.firstToken !== undefined) {
    const mark = element('span', { class: 'first-token' });
    mark.style.insetInlineStart = `${(step.firstToken * 100).toFixed(1)}%`;
    bar.append(mark);
  }
  return element('span', { class: 'lane', 'aria-hidden': 'true' }, [bar]);
}

function duration(step: StepRow): HTMLElement {
  return element('span', { class: 'step-duration' }, [
    step.isOpen ? `${step.duration} …` : step.duration,
  ]);
}
