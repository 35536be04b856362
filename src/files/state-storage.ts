import { constants } from 'node:fs';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { atomicWrite } from './atomic-write';

/** A small file that is replaced as a whole, and what to do with one that is damaged. Paths are absolute. */
export interface StateStorage {
  /** `undefined`: there is none. @throws the file system's error, or that it is no file or has more than `maxBytes` */
  read(path: string, maxBytes: number): Promise<string | undefined>;
  /** As {@link atomicWrite}; makes the folder if that alone is missing. */
  write(path: string, text: string): Promise<void>;
  /** Renames it out of the way. @returns its new path */
  setAside(path: string): Promise<string>;
}

/** Damaged files that are kept to be looked at. */
const KEPT = 3;

export const diskStorage: StateStorage = { read, write, setAside };

async function read(path: string, maxBytes: number): Promise<string | undefined> {
  // Neither a link somebody put there nor a pipe that blocks.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await unless('ENOENT', open(path, flags)).catch((error: unknown) => {
    throw isCode(error, 'ENOTDIR') ? new Error(`${dirname(path)} is no folder`, { cause: error }) : error;
  });
  if (file === undefined) return undefined;
  try {
    return await content(file, maxBytes);
  } finally {
    await file.close();
  }
}

async function content(file: FileHandle, maxBytes: number): Promise<string> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new Error('it is no regular file');
  if (stat.size > maxBytes) throw new Error(`its ${stat.size} bytes are more than ${maxBytes}`);
  return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
}

async function write(path: string, text: string): Promise<void> {
  // Not recursive: below a folder in which nothing can be made, such as /proc, Node would try for ever.
  await unless('EEXIST', mkdir(dirname(path), { mode: 0o750 }));
  await atomicWrite(path, text);
}

async function setAside(path: string): Promise<string> {
  const names = Array.from({ length: KEPT }, (_, at) => `${path}.damaged.${at + 1}`);
  for (let at = KEPT - 1; at > 0; at--) {
    await unless('ENOENT', rename(names[at - 1] ?? path, names[at] ?? path));
  }
  const [aside = path] = names;
  await rename(path, aside);
  return aside;
}

/** `undefined` for an error that was to be expected. */
async function unless<T>(code: string, action: Promise<T>): Promise<T | undefined> {
  try {
    return await action;
  } catch (error) {
    if (isCode(error, code)) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
