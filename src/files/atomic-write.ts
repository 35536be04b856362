import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file so that a crash or a full disk leaves either the old content or the new, never a mixture: temporary
 * file beside it, fsync, rename, fsync of the folder. One writer at a time for each path.
 * @param mode of the file, before the umask
 * @throws the file system's error; the old content is then untouched and the temporary file gone
 */
export async function atomicWrite(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    // A leftover of an earlier crash is ours to replace; 'wx' after removal never follows a link somebody put there.
    await rm(temporary, { force: true });
    await writeSynced(temporary, content, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeSynced(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the rename itself durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
