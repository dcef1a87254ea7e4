import { describeEndings } from '../endings.ts';
import { departures } from './departures.ts';
import { failures } from './failures.ts';
import { outcomes } from './outcomes.ts';

// The real SDK in every row, against a scripted Claude Code that replays what the real one said (2.1.330).
describeEndings('claude-agent', [...outcomes, ...failures, ...departures]);
