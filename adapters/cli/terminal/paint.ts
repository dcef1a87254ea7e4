/** How a piece of text stands out, where the terminal can. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Puts text in a style, or returns it as it is. */
export type Paint = (style: Style, text: string) => string;

/** For files and pipes. */
export const plain: Paint = (_style, text) => text;
