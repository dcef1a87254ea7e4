import type { Sink } from '../../../src/index.ts';
import { cleanedText } from '../../langfuse/environment.ts';
import type { Environment } from './stage.ts';

/** What the first lines of the demo are about. */
export interface IntroductionFacts {
  readonly sink: Sink;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly files: number;
  readonly sections: number;
}

/** Where the traces go and why, what the agents know, and what is left out. */
export function toIntroductionLines({
  sink,
  env,
  platform,
  files,
  sections,
}: IntroductionFacts): readonly string[] {
  return [
    ...toDestinationLines(sink, env),
    `The agents know ${files} files with ${sections} sections.`,
    ...(platform === 'win32'
      ? ['SIGTERM is left out: Windows ends a process without asking it.']
      : []),
  ];
}

function toDestinationLines(sink: Sink, env: Environment): readonly string[] {
  if (sink.disabled === undefined) return ['The traces go to the Langfuse of your keys.'];
  const keys = [env['LANGFUSE_PUBLIC_KEY'], env['LANGFUSE_SECRET_KEY']].map(cleanedText);
  return [
    // Half a configuration is an oversight, none is a choice.
    ...(keys.some((key) => key !== undefined) ? [sink.disabled.message] : []),
    'The traces go to a fake Langfuse in this process; set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY for yours.',
  ];
}
