import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder of our package.json: above `src/` in a checkout, above `dist/src/` when built or installed.
 * @param from where the search begins, upward
 * @throws Error where no folder above `from` has a package.json
 */
export function packageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder)
      throw new Error(`no package.json in ${from} or above; reinstall the package`);
  }
}

/** The `version` of our package.json. */
export function packageVersion(root: string = packageRoot()): string {
  const content: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (typeof content === 'object' && content !== null && 'version' in content) {
    if (typeof content.version === 'string') return content.version;
  }
  throw new Error(`${join(root, 'package.json')} has no version`);
}
