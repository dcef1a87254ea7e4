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
.turn-name { font-weight: 600; color: var(--text); overflow-wrap: anywhere; }
.turn-status { display: flex; flex-wrap: wrap; gap: 0 8px; }
.turn-said { display: flex; flex-direction: column; gap: 10px; }
.waiting { color: var(--muted); }
@media (max-width: 760px) { .turn { grid-template-columns: minmax(0, 1fr); } }
`;
