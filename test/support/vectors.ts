import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from '../../src/base/bytes';

/** Reads one file of `test/vectors/` whole; a vector added there is a test added. */
export function readVectors<V>(name: string): V[] {
  const text = readFileSync(join(__dirname, '..', 'vectors', `${name}.json`), 'utf8');
  return (JSON.parse(text) as { vectors: V[] }).vectors;
}

/** Hex that is known to be hex. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text.replace(/\s+/g, ''));
  if (bytes === undefined) throw new Error(`not hex: ${text}`);
  return bytes;
}
