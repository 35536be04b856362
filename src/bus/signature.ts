/** D-Bus type signatures as trees (D-Bus specification, "Type System"). */

export interface SignatureType {
  /** One letter; `(` for a struct, `{` for a dictionary entry. */
  readonly code: string;
  readonly children: readonly SignatureType[];
  /** Alignment of a value in bytes: 1, 2, 4 or 8. */
  readonly alignment: number;
}

const ALIGNMENT: Readonly<Record<string, number>> = {
  y: 1,
  g: 1,
  v: 1,
  n: 2,
  q: 2,
  i: 4,
  u: 4,
  b: 4,
  s: 4,
  o: 4,
  a: 4,
  x: 8,
  t: 8,
  d: 8,
  '(': 8,
  '{': 8,
};

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '{': '}' };

/** Signatures are few and used over and over, so each is parsed once; the bound is against signatures from outside. */
const parsed = new Map<string, readonly SignatureType[]>();
const REMEMBERED = 256;

/** The complete types of a signature. @throws RangeError when it is not a signature */
export function parseSignature(signature: string): readonly SignatureType[] {
  const known = parsed.get(signature);
  if (known !== undefined) return known;
  const types: SignatureType[] = [];
  for (let at = 0; at < signature.length;) {
    const [type, next] = readType(signature, at);
    types.push(type);
    at = next;
  }
  if (parsed.size < REMEMBERED) parsed.set(signature, types);
  return types;
}

function readType(signature: string, at: number): readonly [SignatureType, number] {
  const code = signature.charAt(at);
  const alignment = ALIGNMENT[code];
  if (alignment === undefined) throw new RangeError(`"${signature}" is not a D-Bus signature`);
  if (code === 'a') {
    const [element, next] = readType(signature, at + 1);
    return [{ code, children: [element], alignment }, next];
  }
  const closing = CLOSING[code];
  if (closing === undefined) return [{ code, children: [], alignment }, at + 1];
  const children: SignatureType[] = [];
  let position = at + 1;
  while (signature.charAt(position) !== closing) {
    const [child, next] = readType(signature, position);
    children.push(child);
    position = next;
  }
  return [{ code, children, alignment }, position + 1];
}
