/** One run. The height of a step is that of `step-list.ts`. */
export const runStyles: string = `
.run-view { display: flex; flex-direction: column; gap: 8px; }
.run-view > * { flex: none; }
.run-head { display: flex; flex-direction: column; gap: 8px; padding: 0 16px; max-height: 46vh; overflow: auto; }
.run-title { display: flex; align-items: baseline; flex-wrap: wrap; gap: 4px 14px; }
.run-title h2 { font-size: 18px; font-weight: 650; letter-spacing: -0.01em; overflow-wrap: anywhere; }
.run-title .status, .run-title .verdict { align-self: center; }
.run-title .reason { align-self: center; margin-inline-start: -8px; }
.run-facts { display: flex; flex-wrap: wrap; gap: 4px 24px; }
.fact { display: flex; gap: 7px; max-width: 420px; }
.run-facts dd { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.run-facts a { color: var(--accent); }
.run-facts .none { color: var(--muted); }
.id { border: 0; padding: 0; background: none; font: 12px var(--mono); }
.id:hover { text-decoration: underline; }

.missing { border: 1px solid var(--line); border-radius: 6px; background: var(--surface); }
.missing summary { display: flex; align-items: center; gap: 8px; padding: 6px 10px; cursor: pointer; font-weight: 550; list-style: none; }
.missing summary::-webkit-details-marker { display: none; }
.missing-incomplete summary { color: var(--warning); }
.missing-incomplete { border-color: color-mix(in srgb, var(--warning) 45%, transparent); }
.missing-open summary { color: var(--muted); font-weight: 400; }
.missing summary .icon-chevron { color: var(--muted); }
.missing[open] summary .icon-chevron { transform: rotate(90deg); }
.missing ul { padding: 0 10px 8px 32px; display: grid; gap: 5px; }
.missing strong { font-weight: 600; }
.advice, .nothing { color: var(--muted); }

.split {
  flex: 1 1 0 !important; min-height: 0; display: grid; grid-template-columns: minmax(0, 1.3fr) minmax(340px, 1fr);
  border-top: 1px solid var(--line); background: var(--surface);
}
.steps { overflow-y: auto; position: relative; padding: 4px 0; border-inline-end: 1px solid var(--line); }
.step-row {
  position: absolute; inset: 0 0 auto; height: 30px; display: grid; align-items: center; column-gap: 12px; padding: 0 12px 0 10px;
  grid-template-columns: minmax(0, 1fr) 30% 70px; cursor: pointer; contain: strict;
}
.step-row:hover { background: var(--raised); }
.step-row[aria-selected="true"] { background: var(--accent-soft); }
.step-label { display: flex; align-items: center; gap: 7px; min-width: 0; white-space: nowrap; }
.twisty { width: 14px; height: 14px; flex: none; color: var(--muted); display: inline-flex; }
.step-row[aria-expanded="true"] .twisty .icon { transform: rotate(90deg); }
.step-name { flex: 0 1 auto; min-width: 4ch; overflow: hidden; text-overflow: ellipsis; font-weight: 550; }
.step-note { flex: 1 1 0; min-width: 0; overflow: hidden; text-overflow: ellipsis; color: var(--muted); }
.level-ERROR .step-name, .level-ERROR .step-note { color: var(--error); }
.level-WARNING .step-name, .level-WARNING .step-note { color: var(--warning); }
.step-duration { text-align: end; color: var(--muted); white-space: nowrap; }
.lane { position: relative; height: 100%; border-inline: 1px solid var(--line); }
.bar { position: absolute; inset-block: 10px; min-width: 3px; border-radius: 2px; background: var(--other); overflow: hidden; }
.bar-GENERATION { background: var(--generation); }
.bar-TOOL { background: var(--tool); }
.bar-AGENT, .bar-RUN { background: var(--agent); }
.level-ERROR .bar { background: var(--error); }
.level-WARNING .bar { background: var(--warning); }
.is-open .bar { opacity: 0.45; }
.first-token { position: absolute; inset-block: 0; width: 2px; background: var(--surface); }
.moment { width: 7px; min-width: 7px; height: 7px; inset-block: 12px auto; border-radius: 50%; margin-inline-start: -3px; background: var(--other); }

.type { font-size: 12px; letter-spacing: 0.02em; color: var(--other); text-transform: lowercase; font-variant-caps: all-small-caps; }
.step-label .type { flex: 0 0 68px; overflow: hidden; text-overflow: ellipsis; }
.type-GENERATION { color: var(--generation); }
.type-TOOL { color: var(--tool); }
.type-AGENT, .type-RUN { color: var(--agent); }
.level { font-size: 11px; font-weight: 600; }
.level.level-ERROR { color: var(--error); }
.level.level-WARNING { color: var(--warning); }

.panel { overflow: auto; padding: 12px 16px 24px; display: flex; flex-direction: column; gap: 12px; }
.panel > * { flex: none; }
.panel-head { display: flex; align-items: baseline; flex-wrap: wrap; gap: 4px 10px; }
.panel h3 { font-size: 15px; font-weight: 650; overflow-wrap: anywhere; }
.json { display: flex; flex-direction: column; gap: 4px; }
.json-head { display: flex; align-items: baseline; justify-content: space-between; }
.json h4 { font-size: 12px; font-weight: 600; color: var(--muted); }
.json-head .quiet { padding: 0 6px; font-size: 12px; }
.more { align-self: start; border: 0; background: none; padding: 2px 0; color: var(--accent); }
.more:hover { text-decoration: underline; }

@media (max-width: 900px) {
  .split { grid-template-columns: minmax(0, 1fr); grid-template-rows: fit-content(45%) minmax(0, 1fr); }
  .steps { border-inline-end: 0; border-bottom: 1px solid var(--line); }
}
@media (max-width: 560px) {
  .step-row { grid-template-columns: minmax(0, 1fr) 18% 76px; column-gap: 8px; }
  .step-label .type { flex-basis: 62px; font-size: 11px; }
}
`;
