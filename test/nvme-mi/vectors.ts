import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface NvmeMiVector {
  readonly name: string;
  readonly expect: 'accept' | 'reject' | 'mi_error' | 'nvme_error';
  readonly request: Readonly<Record<string, string | number>> & {
    readonly hex: string;
    readonly nmimt: 'mi' | 'admin' | 'control';
    readonly opcode: number;
    readonly csi: 0 | 1;
  };
  readonly responses: readonly { readonly hex: string; readonly status?: number }[];
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly status_text?: string;
}

const file = readFileSync(join(__dirname, '..', 'vectors', 'nvme-mi.json'), 'utf8');

/** Recorded of libnvme 1.16.2; `expect` is what we have to make of them. */
export const NVME_MI_VECTORS = (JSON.parse(file) as { vectors: NvmeMiVector[] }).vectors;

export function vectorNamed(name: string): NvmeMiVector {
  const found = NVME_MI_VECTORS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return found;
}
