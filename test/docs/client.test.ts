import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expectNothingLeft } from '../support/leftovers';
import { PrivateBus } from '../support/private-bus';
import { TempFolder } from '../support/temp-folder';
import { VirtualManager } from '../support/virtual-manager';

expectNothingLeft();

const ROOT = join(__dirname, '..', '..');
const PAGE = readFileSync(join(ROOT, 'docs', 'client.md'), 'utf8');
const EXAMPLES = [...PAGE.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, text]) => text ?? '');

/** Compiles the examples against the declarations of the package. @returns what the compiler complains about */
function compile(folder: TempFolder): string[] {
  mkdirSync(folder.join('node_modules'));
  symlinkSync(ROOT, folder.join('node_modules/mctp-endpoint-manager'));
  symlinkSync(join(ROOT, 'node_modules', '@types'), folder.join('node_modules/@types'));
  const files = EXAMPLES.map((text, index) => folder.write(`example-${index}.mts`, text));
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    typeRoots: [folder.join('node_modules/@types')],
    strict: true,
    // As a program outside is compiled: our declarations are checked, too.
    skipLibCheck: false,
  });
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
}

/** Runs a program. @returns what it prints, or why it failed */
function runNode(file: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [file], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve(error === null ? stdout : `${stdout}${stderr}`),
    );
  });
}

test('the first example of docs/client.md has at most ten lines, all compile, and it prints the health of a drive', async () => {
  using folder = new TempFolder();
  expect(EXAMPLES).toHaveLength(3);
  expect(EXAMPLES[0]?.trim().split('\n').length).toBeLessThanOrEqual(10);
  expect(compile(folder)).toEqual([]);

  await using bus = await PrivateBus.start();
  const drive = { address: 0x20, types: [0, 4], nvme: { temperature_celsius: 41, percentage_used: 3 } };
  await using manager = await VirtualManager.start(bus, [drive]);
  await manager.setUp(0x20);
  const printed = runNode(folder.join('example-0.mjs'), { DBUS_SYSTEM_BUS_ADDRESS: bus.address });
  expect(await manager.daemon.settle(printed)).toBe('1:9  41 C, 3 % used\n');
});
