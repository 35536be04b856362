/** What a listener wants to hear. Absent fields match everything. */
export interface SignalMatch {
  readonly path?: string;
  /** The path itself and everything below it. */
  readonly pathNamespace?: string;
  readonly iface?: string;
  readonly member?: string;
  /** A unique name, or a well-known one (then whoever owns it when the signal arrives). */
  readonly sender?: string;
  /** First argument, a string. */
  readonly arg0?: string;
}

export interface BusSignal {
  /** Unique name of the sender; `org.freedesktop.DBus` for the bus itself. */
  readonly sender: string;
  readonly path: string;
  readonly iface: string;
  readonly member: string;
  readonly signature: string;
  readonly body: readonly unknown[];
}

/** The rule for AddMatch. */
export function matchRule(match: SignalMatch): string {
  const parts: readonly (readonly [string, string | undefined])[] = [
    ['type', 'signal'],
    ['sender', match.sender],
    ['path', match.path],
    ['path_namespace', match.pathNamespace],
    ['interface', match.iface],
    ['member', match.member],
    ['arg0', match.arg0],
  ];
  return parts
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}='${value.replaceAll("'", "'\\''")}'`]))
    .join(',');
}

/**
 * Whether a signal fits. One connection hears the signals of all its rules together, so each listener must sort out its
 * own. @param owner unique name behind a well-known `sender`
 */
export function matches(match: SignalMatch, signal: BusSignal, owner: string | undefined): boolean {
  return (
    (match.path === undefined || match.path === signal.path) &&
    (match.pathNamespace === undefined || isWithin(match.pathNamespace, signal.path)) &&
    (match.iface === undefined || match.iface === signal.iface) &&
    (match.member === undefined || match.member === signal.member) &&
    (match.sender === undefined || match.sender === signal.sender || owner === signal.sender) &&
    (match.arg0 === undefined || match.arg0 === signal.body[0])
  );
}

export function isWellKnown(name: string): boolean {
  return !name.startsWith(':') && name !== 'org.freedesktop.DBus';
}

function isWithin(namespace: string, path: string): boolean {
  return path === namespace || namespace === '/' || path.startsWith(`${namespace}/`);
}
