/** Bit fields that several health structures have in common. */

/** The SMART critical warning: each `true` is something wrong. */
export interface CriticalWarning {
  /** Spare capacity is below its threshold. */
  readonly spare: boolean;
  /** A temperature is above or below its threshold. */
  readonly temperature: boolean;
  /** Reliability is degraded by media errors. */
  readonly reliability: boolean;
  /** The media are read only. */
  readonly readOnly: boolean;
  /** The backup of volatile memory has failed. */
  readonly memoryBackup: boolean;
  /** The persistent memory region is read only or unreliable. */
  readonly persistentMemory: boolean;
}

export function criticalWarning(byte: number): CriticalWarning {
  return {
    spare: isSet(byte, 0),
    temperature: isSet(byte, 1),
    reliability: isSet(byte, 2),
    readOnly: isSet(byte, 3),
    memoryBackup: isSet(byte, 4),
    persistentMemory: isSet(byte, 5),
  };
}

/** What changed since the flags were last cleared (composite controller status, changed flags). */
export interface ChangedFlags {
  readonly ready: boolean;
  readonly fatalStatus: boolean;
  readonly shutdownStatus: boolean;
  readonly subsystemReset: boolean;
  readonly enableChange: boolean;
  readonly namespaceAttribute: boolean;
  readonly firmwareActivated: boolean;
  readonly controllerStatus: boolean;
  readonly temperature: boolean;
  readonly percentageUsed: boolean;
  readonly spare: boolean;
  readonly criticalWarning: boolean;
  readonly telemetryController: boolean;
}

/** Bits of {@link ChangedFlags}; 3 is reserved. */
const CHANGED_BITS: Readonly<Record<keyof ChangedFlags, number>> = {
  ready: 0,
  fatalStatus: 1,
  shutdownStatus: 2,
  subsystemReset: 4,
  enableChange: 5,
  namespaceAttribute: 6,
  firmwareActivated: 7,
  controllerStatus: 8,
  temperature: 9,
  percentageUsed: 10,
  spare: 11,
  criticalWarning: 12,
  telemetryController: 13,
};

export function changedFlags(word: number): ChangedFlags {
  const entries = Object.entries(CHANGED_BITS).map(([name, bit]) => [name, isSet(word, bit)] as const);
  return Object.fromEntries(entries) as Record<keyof ChangedFlags, boolean>;
}

/** The other way round, for clearing some. */
export function changedMask(flags: Partial<ChangedFlags>): number {
  return Object.entries(CHANGED_BITS).reduce(
    (mask, [name, bit]) => (flags[name as keyof ChangedFlags] === true ? mask | (1 << bit) : mask),
    0,
  );
}

export function isSet(value: number, bit: number): boolean {
  return ((value >>> bit) & 1) === 1;
}

/** Whole degrees, as drives count: 273 K are 0 degrees. */
export function celsiusOf(kelvin: number): number {
  return kelvin - 273;
}

/** A composite temperature in one byte. */
export interface CompositeTemperature {
  /** -60..127; `undefined` where there is no reading. */
  readonly celsius: number | undefined;
  /** `or-higher` and `or-lower` at the ends of the scale; without a reading why there is none. */
  readonly note: 'exact' | 'or-higher' | 'or-lower' | 'no-data' | 'sensor-failure' | 'reserved';
}

/** CTEMP. The codes 0x80 (no data, or older than 5 s) and 0x81 (sensor failure) are unverified. */
export function compositeTemperature(code: number): CompositeTemperature {
  if (code < 0x7f) return { celsius: code, note: 'exact' };
  if (code === 0x7f) return { celsius: 127, note: 'or-higher' };
  if (code === 0x80) return { celsius: undefined, note: 'no-data' };
  if (code === 0x81) return { celsius: undefined, note: 'sensor-failure' };
  if (code < 0xc4) return { celsius: undefined, note: 'reserved' };
  return { celsius: code - 0x100, note: code === 0xc4 ? 'or-lower' : 'exact' };
}
