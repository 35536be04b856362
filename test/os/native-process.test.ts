import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** What needs a process, a collector or a thread of its own: the built helper is used by plain scripts in a child. */
const HELPER = join(__dirname, '..', '..', 'build', 'Release', 'os_native.node');

const PRELUDE = `
'use strict';
const n = require(${JSON.stringify(HELPER)});
const fs = require('node:fs');
const sockets = () => fs.readdirSync('/proc/self/fd')
  .filter((fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd).startsWith('socket:'); } catch { return false; } })
  .length;
let serial = 0;
function pair() {
  const name = Buffer.from('\\u0001\\0\\0mctp-process-' + process.pid + '-' + (require('node:worker_threads').threadId) + '-' + serial++);
  const server = n.socket(1, 5, 0);
  n.bind(server, name); n.listen(server, 1);
  const a = n.socket(1, 5, 0);
  n.connect(a, name);
  const b = n.accept(server);
  n.closeFd(server);
  return [a, b];
}
`;

function run(script: string, ...flags: string[]): { status: number | null; out: string; err: string } {
  const child = spawnSync(process.execPath, [...flags, '-e', PRELUDE + script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status: child.status, out: child.stdout.trim(), err: child.stderr };
}

test('pitfall 4: a started watcher survives the collector, an unstarted one is collected and its descriptor closed', () => {
  const result = run(
    `
    const base = sockets();
    let heard = 0;
    const started = [];
    for (let i = 0; i < 50; i++) {
      const [a, b] = pair();
      new n.FdWatcher(a, () => { heard++; }).start(1);
      started.push(b);
    }
    for (let i = 0; i < 200; i++) { const [a, b] = pair(); new n.FdWatcher(a, () => {}); n.closeFd(b); }
    const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
    (async () => {
      for (let i = 0; i < 10; i++) { gc(); await turn(); }
      const left = sockets() - base;
      for (const b of started) n.send(b, Buffer.from('x'), null, 0);
      await turn();
      console.log(JSON.stringify({ left, heard: heard >= 50 }));
      process.exit(0);
    })();
    `,
    '--expose-gc',
  );
  expect(result.err).toBe('');
  expect(JSON.parse(result.out)).toEqual({ left: 100, heard: true });
});

test('pitfall 4: a stopped and a closed watcher are collected as well', () => {
  const result = run(
    `
    const base = sockets();
    const refs = [];
    for (let i = 0; i < 50; i++) {
      const [a, b] = pair();
      const w = new n.FdWatcher(a, () => {});
      w.start(1);
      if (i % 2) w.stop(); else w.close();
      refs.push(new WeakRef(w));
      n.closeFd(b);
    }
    (async () => {
      for (let i = 0; i < 10; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); }
      console.log(JSON.stringify({ left: sockets() - base, alive: refs.filter((ref) => ref.deref()).length }));
    })();
    `,
    '--expose-gc',
  );
  expect(result.err).toBe('');
  expect(JSON.parse(result.out)).toEqual({ left: 0, alive: 0 });
});

test('pitfall 1: a watcher closed and collected in the same turn does not touch freed memory', () => {
  const result = run(
    `
    for (let round = 0; round < 200; round++) {
      const [a, b] = pair();
      let w = new n.FdWatcher(a, () => {});
      w.start(3);
      w.close();
      w = undefined;
      n.closeFd(b);
      if (round % 20 === 0) gc();
    }
    setTimeout(() => console.log('done'), 20);
    `,
    '--expose-gc',
  );
  expect(result).toEqual({ status: 0, out: 'done', err: '' });
});

test('pitfall 5: a throw in a callback is an ordinary uncaughtException, and the process goes on', () => {
  const result = run(`
    process.on('uncaughtException', (error) => { console.log('caught ' + error.message); });
    const [a, b] = pair();
    let calls = 0;
    const w = new n.FdWatcher(a, () => {
      n.recv(a, Buffer.alloc(8));
      calls++;
      if (calls === 2) { console.log('second'); w.close(); n.closeFd(b); return; }
      throw new Error('from a callback');
    });
    w.start(1);
    n.send(b, Buffer.from('x'), null, 0);
    setTimeout(() => n.send(b, Buffer.from('y'), null, 0), 20);
  `);
  expect(result).toEqual({ status: 0, out: 'caught from a callback\nsecond', err: '' });
});

test('pitfall 5: without a handler the process ends with the error and its stack', () => {
  const result = run(`
    const [a, b] = pair();
    new n.FdWatcher(a, () => { throw new Error('nobody listens'); }).start(1);
    n.send(b, Buffer.from('x'), null, 0);
  `);
  expect(result.status).toBe(1);
  expect(result.err).toMatch(/nobody listens/);
});

test('pitfall 5: nextTick and promises of a callback run, and async_hooks knows the type', () => {
  const result = run(`
    const types = [];
    require('node:async_hooks').createHook({ init(id, type) { types.push(type); } }).enable();
    const [a, b] = pair();
    const order = [];
    const w = new n.FdWatcher(a, () => {
      process.nextTick(() => order.push('tick'));
      Promise.resolve().then(() => { order.push('promise'); });
      w.close(); n.closeFd(b);
      setImmediate(() => console.log(order.join(' '), types.includes('FdWatcher')));
    });
    w.start(1);
    n.send(b, Buffer.from('x'), null, 0);
  `);
  expect(result).toEqual({ status: 0, out: 'tick promise true', err: '' });
});

test('ref and unref: an unreferenced watcher lets the process end', () => {
  const result = run(`
    const [a] = pair();
    const w = new n.FdWatcher(a, () => {});
    w.start(1);
    w.unref();
    console.log('end');
  `);
  expect(result).toEqual({ status: 0, out: 'end', err: '' });
});

test('pitfall 13: worker.terminate() leaves no descriptor, with watchers started, idle and in mid-callback', () => {
  const result = run(`
    const { Worker } = require('node:worker_threads');
    const base = sockets();
    const body = ${JSON.stringify(PRELUDE)} + \`
      const { parentPort } = require('node:worker_threads');
      const keep = [];
      for (let i = 0; i < 5; i++) {
        const [a, b] = pair();
        const w = new n.FdWatcher(a, () => { n.send(b, Buffer.from('x'), null, 0); });
        if (i > 0) w.start(i === 1 ? 2 : 1);
        const v = new n.FdWatcher(b, () => { n.recv(b, Buffer.alloc(8)); });
        v.start(1);
        keep.push(w, v);
      }
      parentPort.postMessage('ready');
    \`;
    (async () => {
      for (let round = 0; round < 10; round++) {
        const worker = new Worker(body, { eval: true });
        await new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject); });
        await worker.terminate();
      }
      console.log(sockets() - base);
    })();
  `);
  expect(result).toEqual({ status: 0, out: '0', err: '' });
});

test('pitfall 13: process.exit with open watchers is clean', () => {
  const result = run(`
    const [a, b] = pair();
    new n.FdWatcher(a, () => { process.exit(3); }).start(1);
    new n.FdWatcher(b, () => {}).start(2);
    n.send(b, Buffer.from('x'), null, 0);
  `);
  expect(result).toEqual({ status: 3, out: '', err: '' });
});
