import { button, element } from './dom.ts';

const keys: readonly (readonly [string, string])[] = [
  ['/', 'search'],
  ['j k, ↓ ↑', 'next and previous run, step or turn'],
  ['Page Up, Page Down, Home, End', 'further'],
  ['Enter', 'open the run'],
  ['← →', 'fold and unfold a step, or go to its parent and child'],
  ['c', 'the conversation of the run'],
  ['[ ]', 'the newer and the older run of the list'],
  ['Esc', 'back to the list; in the list: show all runs'],
  ['t', 'light, dark, or as the system has it'],
  ['?', 'this help'],
];

/** The window that lists the keys. */
export function createHelp(): HTMLDialogElement {
  const dialog = element('dialog', { class: 'help', 'aria-labelledby': 'help-title' }, [
    element('h2', { id: 'help-title' }, ['Keys']),
    element(
      'dl',
      { class: 'keys' },
      keys.flatMap(([key, meaning]) => [element('dt', {}, [key]), element('dd', {}, [meaning])]),
    ),
    button('Close', { class: 'quiet' }, () => dialog.close()),
  ]);
  return dialog;
}
