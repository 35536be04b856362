import type { LogFields, LogLevel } from '../base/log';

/**
 * - `terminal`: coloured and short, for a person who watches
 * - `journal`: `<N>` priority prefix, no time, which the journal has itself
 * - `file`: time and level in words
 * - `json`: one object a line, for collectors
 */
export type LineStyle = 'terminal' | 'journal' | 'file' | 'json';

export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Which style fits where the lines go (design decision D-17). */
export function chooseStyle(to: {
  readonly format: 'auto' | 'json';
  readonly isFile: boolean;
  readonly isTerminal: boolean;
}): LineStyle {
  if (to.format === 'json') return 'json';
  if (to.isFile) return 'file';
  return to.isTerminal ? 'terminal' : 'journal';
}

/** One line without its end. Whatever the message and the fields hold, it is one line. */
export function formatRecord(record: LogRecord, style: LineStyle): string {
  if (style === 'json') return formatJson(record);
  const text = [escapeText(record.message), ...fieldTexts(record.fields)].join(' ');
  if (style === 'journal') return `<${PRIORITY[record.level]}>${text}`;
  const time = new Date(record.time).toISOString();
  if (style === 'file') return `${time} ${record.level} ${text}`;
  return `${time.slice(11, 23)} ${COLOUR[record.level]}${record.level.padEnd(5)}\u001b[0m ${text}`;
}

/** syslog(3) priorities. */
const PRIORITY: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

const COLOUR: Readonly<Record<LogLevel, string>> = {
  error: '\u001b[31m',
  warn: '\u001b[33m',
  info: '\u001b[32m',
  debug: '\u001b[2m',
};

/** The order a reader can rely on; other fields follow as they were given. */
const FIRST_FIELDS = ['link', 'network', 'eid', 'physicalAddress', 'operation', 'cause'] as const;

function orderedFields(fields: LogFields): (readonly [string, string | number | boolean])[] {
  const others = Object.keys(fields).filter((key) => !FIRST_FIELDS.some((first) => first === key));
  return [...FIRST_FIELDS, ...others].flatMap((key) => {
    const value = key === 'physicalAddress' ? addressText(fields.physicalAddress) : fields[key];
    return value === undefined ? [] : [[key, value] as const];
  });
}

/** With the prefix, since `physicalAddress=32` reads like thirty-two; a point-to-point link has no address to tell. */
function addressText(hex: string | undefined): string | undefined {
  return hex === undefined || hex === '' ? undefined : `0x${hex}`;
}

function fieldTexts(fields: LogFields): string[] {
  return orderedFields(fields).map(([key, value]) => `${escapeText(key)}=${valueText(value)}`);
}

/** Quoted where a reader could take part of it for another field. */
function valueText(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return escapeText(/^[^\s"=\\]+$/.test(value) ? value : JSON.stringify(value));
}

/**
 * Control and format characters, line separators, lone surrogates: with them a device name or an error text could
 * begin a line of its own, colour the terminal or turn the reading direction round.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function escapeText(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** `\uXXXX` for each UTF-16 unit, which JSON understands as well. */
function escapeCharacter(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

function formatJson({ level, message, fields, time }: LogRecord): string {
  const base = { time: new Date(time).toISOString(), level, message };
  // A field must not take the place of the three.
  const own = orderedFields(fields).map(
    ([key, value]) => [Object.hasOwn(base, key) ? `${key}_` : key, value] as const,
  );
  return escapeText(JSON.stringify({ ...base, ...Object.fromEntries(own) }));
}
