import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { expectNothingLeft } from '../support/leftovers';
import { eventually, within } from '../support/within';

expectNothingLeft();

const DEMO = join(__dirname, '..', '..', 'dist', 'src', 'cli', 'demo.js');
const running = (pid: string): boolean => {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
};

test('D-13 the demo that is kept ends with Ctrl-C, and npm handing it on a second time leaves nothing behind', async () => {
  const demo = spawn(process.execPath, [DEMO, '--keep'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<readonly unknown[]>((resolve) => {
    demo.once('close', (status, signal) => resolve([status, signal]));
  });
  let children: string[] = [];
  try {
    let said = '';
    demo.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await eventually('the demo', () => said.includes('It stays up until Ctrl-C'), 40_000);
    const [folder = ''] = /\S*\/mctp-demo-[^/\s]*/.exec(said) ?? [];
    expect(folder).not.toBe('');
    // Whatever daemon runs on this machine, and whatever other demo.
    const sockets = readFileSync('/proc/net/unix', 'utf8');
    for (const name of ['mctp-client', 'mctp-capture', 'mctp-demux', 'mctp-mux']) {
      expect(sockets).toMatch(new RegExp(` @${name}-demo-${demo.pid}$`, 'm'));
    }
    children = readChildren(demo.pid ?? 0);
    expect(children.length).toBeGreaterThanOrEqual(2);
    demo.kill('SIGINT');
    await systemClock.sleep(5);
    demo.kill('SIGINT');
    expect(await within('its end', ended)).toEqual([0, null]);
    expect(existsSync(folder)).toBe(false);
    expect(children.filter(running)).toEqual([]);
  } finally {
    demo.kill('SIGKILL');
    for (const pid of children.filter(running)) process.kill(Number(pid), 'SIGKILL');
    await ended;
  }
}, 60_000);

function readChildren(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((each) => each.trim() !== '');
}
