import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/** Reads our own source as data: what imports what, and how long things are. */

export const ROOT = resolve(__dirname, '..', '..');
export const SRC = join(ROOT, 'src');

export interface SourceFile {
  /** Path below `src`, for example `core/router.ts`. */
  readonly path: string;
  /** First folder, or `''` for a file directly in `src`. */
  readonly room: string;
  readonly lines: number;
  /** Paths below `src` of our own files it imports, types included. */
  readonly imports: readonly string[];
  /** Names of everything else it imports: npm packages (`serialport/dist/x.js` is `serialport`) and `node:` modules. */
  readonly packages: readonly string[];
  readonly functions: readonly {
    readonly name: string;
    readonly lines: number;
    readonly parameters: number;
  }[];
}

export function readTree(): readonly SourceFile[] {
  return typescriptFiles(SRC).map(readSource);
}

export function typescriptFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return typescriptFiles(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const specifiers = importSpecifiers(source);
  const own = relative(SRC, path);
  return {
    path: own,
    room: own.includes('/') ? (own.split('/')[0] ?? '') : '',
    lines: text.split('\n').length - 1,
    imports: specifiers.filter((each) => each.startsWith('.')).map((each) => resolveOwn(path, each)),
    packages: specifiers.filter((each) => !each.startsWith('.')).map(packageName),
    functions: functionsOf(source),
  };
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function resolveOwn(from: string, specifier: string): string {
  const target = relative(SRC, resolve(dirname(from), specifier));
  return target.endsWith('.ts') || target.endsWith('.json') ? target : `${target}.ts`;
}

function importSpecifiers(source: ts.SourceFile): string[] {
  const found: string[] = [];
  // `const load = createRequire(...)` makes another way in.
  const loaders = new Set(['require']);
  const visit = (node: ts.Node): void => {
    if (
      ts.isVariableDeclaration(node) &&
      node.initializer !== undefined &&
      isCreateRequire(node.initializer)
    ) {
      loaders.add(node.name.getText());
    }
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined
    ) {
      if (ts.isStringLiteral(node.moduleSpecifier)) found.push(node.moduleSpecifier.text);
    }
    if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const callee = node.expression;
      const loads =
        callee.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(callee) && loaders.has(callee.text)) ||
        isCreateRequire(callee);
      if (loads && first !== undefined && ts.isStringLiteral(first)) found.push(first.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isCreateRequire(node: ts.Node): boolean {
  return ts.isCallExpression(node) && node.expression.getText() === 'createRequire';
}

function functionsOf(source: ts.SourceFile): SourceFile['functions'] {
  const found: { name: string; lines: number; parameters: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const start = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const end = source.getLineAndCharacterOfPosition(node.getEnd()).line;
      const name = node.name === undefined ? `(line ${start + 1})` : node.name.getText();
      // A one-line arrow is an expression, not a function somebody reads; it would only flatter the median.
      const oneLiner = ts.isArrowFunction(node) && start === end;
      // Parameter properties of a constructor are the list of what a class is made of.
      const parameters = ts.isConstructorDeclaration(node) ? 0 : node.parameters.length;
      if (!oneLiner) found.push({ name, lines: end - start + 1, parameters });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The value at a share of the sorted list, `0.5` being the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
