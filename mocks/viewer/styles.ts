import { baseStyles } from './styles/base.ts';
import { conversationStyles } from './styles/conversation.ts';
import { runStyles } from './styles/run.ts';
import { runsStyles } from './styles/runs.ts';

/** The style sheet of the page. */
export const styles: string = [baseStyles, runsStyles, runStyles, conversationStyles].join('\n');
