import { element, icon } from './dom.ts';
import type { StepRow } from './step-tree.ts';

/** Makes an empty line of the tree. */
export function createStepRow(): HTMLElement {
  const bar = element('span', { class: 'bar' });
  return element('div', { role: 'treeitem', class: 'step-row' }, [
    element('span', { class: 'step-label' }),
    element('span', { class: 'lane', 'aria-hidden': 'true' }, [bar]),
    element('span', { class: 'step-duration' }),
  ]);
}

/** Writes a step into a line of the tree; what says the same as before is not touched. */
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
  const [label, lane, duration] = row.children;
  if (label instanceof HTMLElement) fillLabel(label, step);
  if (lane?.firstElementChild instanceof HTMLElement) fillBar(lane.firstElementChild, step);
  if (duration !== undefined) duration.textContent = step.duration;
}

const signatures = new WeakMap<HTMLElement, string>();

// Deeper levels stand below each other: a name that cannot be read helps nobody.
const deepest = 14;

function fillLabel(label: HTMLElement, step: StepRow): void {
  const { depth, hasChildren, type, name, note } = step;
  const signature = JSON.stringify([depth, hasChildren, type, name, note]);
  if (signatures.get(label) === signature) return;
  signatures.set(label, signature);
  const twisty = element('span', { class: hasChildren ? 'twisty' : 'twisty none' });
  if (hasChildren) twisty.append(icon('chevron'));
  label.replaceChildren(
    twisty,
    element('span', { class: `type type-${type}` }, [type]),
    element('span', { class: 'step-name', title: name }, [name]),
    element('span', { class: 'step-note', title: note }, [note]),
  );
  label.style.paddingInlineStart = `${(Math.min(depth, deepest) - 1) * 16}px`;
}

function fillBar(bar: HTMLElement, step: StepRow): void {
  bar.className = step.isMoment ? 'bar moment' : `bar bar-${step.type}`;
  bar.style.insetInlineStart = `${(step.start * 100).toFixed(3)}%`;
  bar.style.width = step.isMoment ? '' : `${(step.length * 100).toFixed(3)}%`;
  bar.replaceChildren();
  if (step.firstToken === undefined) return;
  const mark = element('span', { class: 'first-token' });
  mark.style.insetInlineStart = `${(step.firstToken * 100).toFixed(1)}%`;
  bar.append(mark);
}
