import { existsSync, readFileSync } from 'node:fs';
import { MctpError } from '../base/errors';
import { parseToml } from '../files/toml';
import { keyLines } from '../files/toml-lines';
import { checkFile } from './check';
import { crossCheck } from './cross-checks';
import { plainConfig } from './plain';
import { configurationError, formatProblem } from './problems';
import type { Problem } from './problems';
import type { DaemonConfig } from './schema';

/** Looked for in this order when no file is named: an upstream file works as it is (D-1). */
export const DEFAULT_FILES = ['/etc/mctpd.conf', '/etc/mctp-endpointd.toml'] as const;

export interface LoadOptions {
  /** From `-c FILE`; absent: the first of {@link DEFAULT_FILES} that exists, else defaults. */
  readonly path?: string | undefined;
  readonly exists?: (path: string) => boolean;
  readonly readFile?: (path: string) => string;
}

export interface LoadedConfig {
  readonly config: DaemonConfig;
  /** The file that was read; absent: none, all defaults. */
  readonly source: string | undefined;
  /** One line each, for the log. */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks the configuration.
 * @throws MctpError `configuration`: a file that cannot be read, or every problem of it, one line each
 */
export function loadConfig(options: LoadOptions = {}): LoadedConfig {
  const { exists = existsSync, readFile = readText } = options;
  const source = options.path ?? DEFAULT_FILES.find((path) => exists(path));
  if (source === undefined) return { ...parseConfig('', 'defaults'), source };
  return { ...parseConfig(readOrFail(source, readFile), source), source };
}

/**
 * Checks the text of a configuration file.
 * @param file named in errors and warnings
 * @throws MctpError `configuration`
 */
export function parseConfig(text: string, file: string): Pick<LoadedConfig, 'config' | 'warnings'> {
  const parsed = parseToml(text, file);
  const checked = checkFile(parsed);
  const lineOf = keyLines(text);
  const lines = (problems: readonly Problem[]): string[] =>
    problems.map((problem) => formatProblem(problem, file, lineOf));
  if (checked.file === undefined) throw configurationError(lines(checked.errors));
  const crossed = crossCheck(checked.file);
  if (crossed.errors.length > 0) throw configurationError(lines(crossed.errors));
  return { config: plainConfig(checked.file), warnings: lines([...checked.warnings, ...crossed.warnings]) };
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}

function readOrFail(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch (error) {
    const text = `${path}: cannot be read; name a readable file with -c`;
    throw new MctpError('configuration', text, {}, { cause: error });
  }
}
