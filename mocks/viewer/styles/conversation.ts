/** A conversation. */
export const conversationStyles: string = `
.conversation-view { display: flex; flex-direction: column; overflow-y: auto; }
.conversation-head { padding: 8px 16px 14px; flex: none; }
.kicker { color: var(--muted); }
.conversation-head h2 { font-size: 18px; font-weight: 650; letter-spacing: -0.01em; overflow-wrap: anywhere; }
.conversation-facts { color: var(--muted); white-space: pre-wrap; }
.turns { list-style: none; flex: none; border-top: 1px solid var(--line); background: var(--surface); }
.turn {
  display: grid; grid-template-columns: 210px minmax(0, 880px); gap: 4px 24px; padding: 14px 16px; border-bottom: 1px solid var(--line);
}
.turn-meta { display: flex; flex-direction: column; gap: 2px; color: var(--muted); }
.turn h3 { font-size: inherit; font-weight: 600; }
.turn-name { color: var(--text); overflow-wrap: anywhere; }
/* Below the status in one line. */
.turn-facts { display: flex; flex-wrap: wrap; gap: 0 10px; }
.turn-status { display: flex; flex-wrap: wrap; gap: 0 8px; }
.turn-said { display: flex; flex-direction: column; gap: 10px; }
.said { display: flex; align-items: baseline; gap: 8px; }
.words { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; font-size: 13.5px; line-height: 1.5; }
.said-input .words { font-weight: 550; }
.words-error { color: var(--error); }
.said .quiet { padding: 0 6px; font-size: 12px; flex: none; }
.said > .json { flex: 1; min-width: 0; }
.waiting { color: var(--muted); }
@media (max-width: 760px) { .turn { grid-template-columns: minmax(0, 1fr); } }
`;
