export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Puts colour round a text, or leaves it alone. */
export type Style = (colour: Colour, text: string) => string;

const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export const plain: Style = (_colour, text) => text;

export const coloured: Style = (colour, text) => {
  const [on, off] = CODES[colour];
  return text === '' ? '' : `\x1b[${on}m${text}\x1b[${off}m`;
};

export interface StyleInput {
  readonly isTerminal: boolean;
  /** False for `--no-color`. */
  readonly wanted: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Colour only on a terminal that can, and only while NO_COLOR is unset or empty (https://no-color.org). */
export function chooseStyle({ isTerminal, wanted, env }: StyleInput): Style {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isTerminal && wanted && !refused ? coloured : plain;
}
