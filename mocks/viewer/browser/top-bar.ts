import type { ServerFacts } from '../api.ts';
import { sendImport } from './connection.ts';
import { button, element } from './dom.ts';
import { plural } from './format.ts';
import { applyTheme, nextTheme, readTheme } from './theme.ts';

/** What is always above: where the runs come from, whether they still come, and what can be done with all of them. */
export interface TopBar {
  readonly root: HTMLElement;
  showFacts(facts: ServerFacts): void;
  showConnection(state: 'live' | 'away'): void;
  changeTheme(): void;
}

/** Makes the bar; `announce` has a reader of the screen say what came of something, and shows it. */
export function createTopBar({
  announce,
  openHelp,
}: {
  readonly announce: (text: string) => void;
  readonly openHelp: () => void;
}): TopBar {
  const server = element('span', { class: 'server' });
  const connection = element('span', { class: 'connection', role: 'status' }, ['connecting']);
  const file = element('input', { type: 'file', accept: '.ndjson,.jsonl', hidden: '' });
  file.addEventListener('change', () => void importFile(file.files?.[0]));
  let theme = readTheme();
  const themeButton = button('', { class: 'quiet' }, changeTheme);

  function changeTheme(): void {
    theme = nextTheme(theme);
    showTheme();
  }

  function showTheme(): void {
    applyTheme(theme);
    themeButton.textContent = `Theme: ${theme}`;
  }

  async function importFile(chosen: File | undefined): Promise<void> {
    if (chosen === undefined) return;
    const answer = await sendImport(chosen);
    // The same file may be chosen once more.
    file.value = '';
    if (answer.type === 'found') {
      const { traces, known } = answer.value;
      const before = known === 0 ? '' : ` ${plural(known, 'line')} of it were here already.`;
      announce(`Imported ${plural(traces, 'run')} from ${chosen.name}.${before}`);
    } else announce(answer.type === 'failed' ? answer.message : 'Nothing was imported.');
  }

  showTheme();
  return {
    root: element('header', { class: 'top' }, [
      element('h1', {}, [element('a', { href: '#/' }, ['Runs'])]),
      server,
      connection,
      element('span', { class: 'spring' }),
      file,
      button('Import', { class: 'quiet', title: 'Add the runs of a saved file' }, () =>
        file.click(),
      ),
      element(
        'a',
        {
          class: 'quiet',
          href: '/viewer/api/export',
          download: '',
          title: 'Save all runs to a file',
        },
        ['Save'],
      ),
      themeButton,
      button('Keys', { class: 'quiet', title: 'Keys (?)' }, openHelp),
    ]),
    showFacts({ version, writeMode }) {
      server.textContent = `fake Langfuse ${version} · ${writeMode}`;
    },
    showConnection(state) {
      connection.dataset['state'] = state;
      connection.textContent = state === 'live' ? 'live' : 'server away, trying again';
    },
    changeTheme,
  };
}
