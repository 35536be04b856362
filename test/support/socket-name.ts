let serial = 0;

/** An abstract name nobody else has, on this machine or in this test. */
export function freshSocketName(name: string): string {
  return `\0${name}-test-${process.pid}-${serial++}`;
}
