/** SMBus and I2C clock frequencies as NVMe-MI codes them: 1, 2, 3; 0 = none. */
export type FrequencyKHz = 100 | 400 | 1000;

const FREQUENCIES: readonly (FrequencyKHz | undefined)[] = [undefined, 100, 400, 1000];

export function frequencyKHz(code: number): FrequencyKHz | undefined {
  return FREQUENCIES[code];
}

/** @throws RangeError */
export function frequencyCode(kHz: FrequencyKHz): number {
  const code = FREQUENCIES.indexOf(kHz);
  if (code < 1) throw new RangeError(`${kHz} kHz is not one of 100, 400, 1000`);
  return code;
}
