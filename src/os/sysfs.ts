import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from './errno';

/** Looks up what sysfs says about the kernel's links. Absent is undefined: links come and go. */
export interface SysfsLookup {
  /** Device a link hangs on, as a path below the root (`/devices/...`). Serial links and `lo` have none. */
  devicePath(link: string): string | undefined;
  /** An attribute of a link, such as `ifindex`, without the newline at its end. */
  attribute(link: string, name: string): string | undefined;
}

/** `root` is `/sys`; tests give a folder of their own. */
export function sysfsLookup(root = '/sys'): SysfsLookup {
  return {
    devicePath(link) {
      if (!isName(link)) return undefined;
      const path = present(() => realpathSync(join(root, 'class', 'net', link, 'device')));
      const base = present(() => realpathSync(root));
      if (path === undefined || base === undefined || !path.startsWith(`${base}/`)) return undefined;
      return path.slice(base.length);
    },
    attribute(link, name) {
      if (!isName(link) || !isName(name)) return undefined;
      const text = present(() => readFileSync(join(root, 'class', 'net', link, name), 'latin1'));
      return text?.replace(/\n$/, '');
    },
  };
}

/** One path element: what the kernel allows as a link's name, and nothing that leaves the folder. */
function isName(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && !/[/\0]/.test(text);
}

/** EINVAL: attributes such as `speed` answer so on a link that has none. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ENODEV', 'EINVAL', 'EISDIR', 'EACCES'];

function present<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (hasCode(error, ...ABSENT)) return undefined;
    throw error;
  }
}
