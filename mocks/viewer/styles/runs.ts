/** The list of runs. The height of a row is that of `runs-view.ts`. */
export const runsStyles: string = `
.runs-view { display: flex; flex-direction: column; }
.toolbar { display: flex; align-items: center; flex-wrap: wrap; gap: 8px 14px; padding: 10px 16px; }
.toolbar input {
  width: min(360px, 100%); height: 30px; padding: 0 10px; font: inherit; color: var(--text);
  background: var(--surface); border: 1px solid var(--line); border-radius: 6px;
}
.toolbar input::placeholder { color: var(--muted); opacity: 1; }
.filters { display: flex; flex-wrap: wrap; gap: 2px; }
.filter { height: 30px; padding: 0 10px; border: 0; border-radius: 6px; background: none; color: var(--muted); }
.filter:hover { background: var(--raised); color: var(--text); }
.filter[aria-pressed="true"] { background: var(--accent-soft); color: var(--accent); font-weight: 550; }
.filter .number { font-weight: 400; opacity: 1; margin-inline-start: 3px; }
.filter[aria-pressed="false"] .number { color: var(--muted); }
.count { margin-inline-start: auto; color: var(--muted); }

.runs { display: flex; flex-direction: column; flex: 1; min-height: 0; background: var(--surface); border-top: 1px solid var(--line); }
.row {
  display: grid; align-items: center; column-gap: 14px; padding: 0 16px;
  grid-template-columns: 236px minmax(130px, 1.2fr) minmax(140px, 2.6fr) minmax(80px, 1fr) 100px 74px 44px 62px 66px 94px;
}
.head-row { height: 28px; flex: none; color: var(--muted); font-size: 12px; border-bottom: 1px solid var(--line); overflow: hidden; scrollbar-gutter: stable; }
.viewport { flex: 1; min-height: 0; overflow-y: auto; scrollbar-gutter: stable; position: relative; }
.spacer { position: relative; width: 100%; }
.run-row {
  position: absolute; inset: 0 0 auto; height: 34px; cursor: pointer; border-bottom: 1px solid var(--line); contain: strict;
}
.run-row:hover { background: var(--raised); }
.run-row:focus-visible { background: var(--accent-soft); border-radius: 0; }
.row > div { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.row > .cell-status { display: flex; align-items: center; gap: 7px; }
.cell-status .reason { overflow: hidden; text-overflow: ellipsis; }
.cell-parent .verdict { vertical-align: top; }
.cell-name { font-weight: 550; }
.cell-gist, .cell-conversation, .cell-started { color: var(--muted); }
.head-row .cell-name { font-weight: 400; }
.gist-error { color: var(--error); }
.cell-duration, .cell-steps, .cell-tokens, .cell-cost { text-align: end; }

.empty { flex: 1; padding: 12vh 16px; text-align: center; color: var(--muted); border-top: 1px solid var(--line); background: var(--surface); }
.empty-title { font-size: 15px; font-weight: 600; color: var(--text); margin-bottom: 4px; }
.empty .code { display: inline-block; margin-top: 12px; padding: 10px 14px; text-align: start; color: var(--text); }

@media (max-width: 1180px) {
  .row { grid-template-columns: 210px minmax(130px, 1fr) minmax(120px, 1.6fr) 100px 74px 62px 94px; }
  .cell-conversation, .cell-steps, .cell-cost { display: none; }
}
@media (max-width: 760px) {
  .row { grid-template-columns: 140px minmax(100px, 1fr) 70px 90px; }
  .cell-gist, .cell-started, .cell-tokens { display: none; }
}
`;
