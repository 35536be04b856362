/** Why a tty did not open, as far as it makes a difference to the person who has to mend it. */
export type OpenProblem = 'missing' | 'permission' | 'busy' | 'not-a-tty' | 'other';

export interface OpenAdvice {
  readonly problem: OpenProblem;
  /** What to do, to follow "cannot open PATH: ". */
  readonly advice: string;
}

/** npm `serialport` gives the operating system's words, not its codes; other factories may give codes. */
const TABLE: readonly (readonly [RegExp, OpenProblem, string])[] = [
  [/ENOENT|ENXIO|ENODEV|No such (file|device)/i, 'missing', 'no such device; plug it in, or correct "path"'],
  [
    /EACCES|EPERM|Permission denied|not permitted/i,
    'permission',
    "no permission; run as root or add the daemon's user to the tty's group (often dialout)",
  ],
  [
    /EBUSY|EAGAIN|EWOULDBLOCK|Cannot lock port|busy|temporarily unavailable/i,
    'busy',
    'in use by another program (a console, another daemon, mctpctl link serial); stop that one',
  ],
  [/ENOTTY|Inappropriate ioctl/i, 'not-a-tty', 'not a tty; correct "path"'],
];

/** @param error whatever opening the port was rejected with */
export function openAdvice(error: unknown): OpenAdvice {
  const text = error instanceof Error ? `${codeOf(error)} ${error.message}` : String(error);
  const row = TABLE.find(([pattern]) => pattern.test(text));
  if (row === undefined) return { problem: 'other', advice: 'see the cause' };
  return { problem: row[1], advice: row[2] };
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
