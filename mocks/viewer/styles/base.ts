/** Colors, type and what all views share. Every text has a contrast of at least 4.5 to what it stands on, in both themes. */
export const baseStyles: string = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f7f7f5, #131519);
  --surface: light-dark(#ffffff, #1a1d22);
  --raised: light-dark(#f1f1ee, #22262c);
  --line: light-dark(#e3e3de, #2b2f36);
  --text: light-dark(#1c1e22, #e3e5e9);
  --muted: light-dark(#5b616b, #9ba2ad);
  --accent: light-dark(#2150b8, #8fb6ff);
  --accent-soft: light-dark(#e8eefb, #22304c);
  --error: light-dark(#ad2018, #ff8f85);
  --error-soft: light-dark(#fcecea, #3a1f1e);
  --warning: light-dark(#7d5200, #e6b656);
  --warning-soft: light-dark(#fbf2dc, #332a17);
  --good: light-dark(#1a6b3f, #74cf9b);
  --pause: light-dark(#5f45a6, #bba8ff);
  --generation: light-dark(#7a3fa8, #cf9df0);
  --tool: light-dark(#0b6b70, #6cc9cf);
  --agent: light-dark(#2150b8, #8fb6ff);
  --other: light-dark(#5b616b, #9ba2ad);
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html, body { height: 100%; margin: 0; }
body {
  display: flex; flex-direction: column; height: 100dvh;
  background: var(--page); color: var(--text);
  font: 13px/1.45 var(--sans); font-variant-numeric: tabular-nums;
}
main { flex: 1; min-height: 0; display: flex; flex-direction: column; }
main > * { flex: 1; min-height: 0; }
h1, h2, h3, h4, p, dl, dd, ol, ul { margin: 0; padding: 0; }
a { color: inherit; text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; border-radius: 4px; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.spring { flex: 1; }
/* Names and texts are anybody's: one that changes the direction of writing must not do so to its neighbours. */
.text, .cell-name, .cell-gist, .cell-conversation, .step-name, .step-note, .message, .facts dd { unicode-bidi: isolate; }

.top {
  display: flex; align-items: center; gap: 14px; padding: 0 16px; height: 44px; flex: none;
  border-bottom: 1px solid var(--line); background: var(--surface);
}
.top h1 { font-size: 14px; font-weight: 650; letter-spacing: -0.005em; }
.top h1 a:hover { text-decoration: none; }
.server { color: var(--muted); }
.connection { display: inline-flex; align-items: center; gap: 6px; color: var(--muted); }
.connection::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: var(--other); }
.connection[data-state="live"]::before { background: var(--good); }
.connection[data-state="away"] { color: var(--error); }
.connection[data-state="away"]::before { background: var(--error); }

@media (max-width: 760px) {
  .server { display: none; }
  .top { gap: 8px; }
}

button { font: inherit; color: inherit; cursor: pointer; }
.quiet {
  border: 1px solid transparent; background: none; border-radius: 5px; padding: 3px 8px; color: var(--muted); line-height: 1.4;
}
.quiet:hover { background: var(--raised); color: var(--text); text-decoration: none; }
.top .quiet { margin-inline: -5px; }

.icon { width: 14px; height: 14px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.status, .verdict { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
.status { font-weight: 550; }
.status-completed { color: var(--good); }
.status-error { color: var(--error); }
.status-suspended { color: var(--pause); }
.status-in_progress { color: var(--accent); }
.status-ended { color: var(--muted); }
.icon-in_progress { animation: turn 1.6s linear infinite; }
@keyframes turn { to { transform: rotate(360deg); } }
@media (prefers-reduced-motion: reduce) { .icon-in_progress { animation: none; } }
.reason { color: var(--muted); }
.verdict { color: var(--muted); }
.verdict-complete .icon { color: var(--good); }
.verdict-incomplete { color: var(--warning); font-weight: 550; }

.message {
  white-space: pre-wrap; overflow-wrap: anywhere; padding: 8px 10px; border-radius: 5px;
  font: 12px/1.5 var(--mono); max-height: 9.5em; overflow: auto;
}
.message-ERROR { background: var(--error-soft); color: var(--error); }
.message-WARNING { background: var(--warning-soft); color: var(--warning); }
.message-DEBUG, .message-DEFAULT { background: var(--raised); }

.code {
  margin: 0; padding: 8px 10px 8px 0; background: var(--raised); border-radius: 5px;
  font: 12px/1.55 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; max-height: 60vh; overflow: auto;
}
.line { padding-inline-end: 4px; text-indent: -1ch; margin-inline-start: 1ch; unicode-bidi: isolate; }
.json-key { color: var(--accent); }
.json-number, .json-word { color: var(--generation); }
.notice { margin: 0 16px; padding: 8px 12px; background: var(--raised); border-radius: 5px; flex: none; }
main > * > .notice { flex: none; }

.breadcrumb { display: flex; align-items: center; gap: 10px; padding: 8px 16px 0; color: var(--muted); }
.breadcrumb a:not(.quiet) { color: var(--accent); }

.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 14px; }
.facts dt { color: var(--muted); }
.facts dd { overflow-wrap: anywhere; }

.toast {
  position: fixed; inset-block-end: 16px; inset-inline-start: 50%; transform: translateX(-50%);
  max-width: min(640px, 90vw); padding: 8px 14px; border-radius: 6px; background: var(--text); color: var(--page);
  visibility: hidden; opacity: 0;
}
.toast[data-shown] { visibility: visible; opacity: 1; }

.help { border: 1px solid var(--line); border-radius: 8px; background: var(--surface); color: var(--text); padding: 18px 20px; }
.help::backdrop { background: rgb(0 0 0 / 0.35); }
.help h2 { font-size: 14px; margin-bottom: 10px; }
.keys { display: grid; grid-template-columns: max-content auto; gap: 5px 18px; margin-bottom: 12px; }
.keys dt { font-family: var(--mono); font-size: 12px; }
.keys dd { color: var(--muted); }
`;
