/** The style sheet of the report's page: light and dark by the reader's setting. */
export const style: string = `
:root {
  --page: #ffffff; --text: #1b1f24; --quiet: #59636e; --line: #d1d9e0;
  --completed: #2a7d46; --suspended: #6f5bb5; --error: #c4392f; --in_progress: #b07300; --no_parent: #5b6470;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161b; --text: #e6eaef; --quiet: #a3adb8; --line: #39424d;
    --completed: #4cb36e; --suspended: #a594e8; --error: #ef6a5f; --in_progress: #e0a63a; --no_parent: #8f9aa7;
  }
}
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
a { color: inherit; }
.note, dt { color: var(--quiet); }
.tiles { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.5rem 0; }
.tiles div { flex: 1 1 10rem; border: 1px solid var(--line); border-radius: 6px; padding: 0.75rem 1rem; }
.tiles dd { margin: 0; font-size: 1.75rem; font-variant-numeric: tabular-nums; }
.checks, .legend { list-style: none; padding: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
.swatch { display: inline-block; width: 0.75em; height: 0.75em; margin-right: 0.4em; border-radius: 2px; }
.good { color: var(--completed); }
.bad { color: var(--error); font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.75rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child { text-align: left; max-width: 24rem; overflow: hidden; text-overflow: ellipsis; font-weight: normal; }
thead th { color: var(--quiet); font-weight: 600; }
svg { width: 100%; height: auto; }
svg .grid { stroke: var(--line); }
svg .scale { fill: var(--quiet); font-size: 12px; }
svg .rest { fill: var(--line); }
svg .complete, svg .completed { fill: var(--completed); }
svg .suspended { fill: var(--suspended); }
svg .error { fill: var(--error); }
svg .in_progress { fill: var(--in_progress); }
svg .no_parent { fill: var(--no_parent); }
.swatch.completed { background: var(--completed); }
.swatch.suspended { background: var(--suspended); }
.swatch.error { background: var(--error); }
.swatch.in_progress { background: var(--in_progress); }
.swatch.no_parent { background: var(--no_parent); }
`;
