import { connectBus } from '../../src/bus/connection';
import type { BusCall, BusCaller } from '../../src/scan/bus-caller';
import { readObjects } from '../../src/scan/inventory';
import { scan } from '../../src/scan/scan';
import { PrivateBus } from '../support/private-bus';
import { serve } from './dbus';
import type { BenchFigure } from './figure';
import { median, round } from './statistics';

const ENDPOINTS = 200;
const ROUNDS = 20;

/** How long a program waits for the drives among 200 endpoints, against the bare call that it takes. */
export async function benchScan(): Promise<BenchFigure[]> {
  await using bus = await PrivateBus.start();
  const served = await serve(bus, ENDPOINTS);
  const connection = await connectBus(bus.socketAddress);
  const calls: string[] = [];
  const counting: BusCaller = {
    call: (call: BusCall) => {
      calls.push(call.member);
      return connection.call(call);
    },
    onSignal: (match, listener) => connection.onSignal(match, listener),
    onClose: (listener) => connection.onClose(listener),
  };
  const scans: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    scans.push(await timed(async () => (await scan({ bus: counting, messageType: 4 })).length));
    bare.push(await timed(async () => Object.keys(await readObjects(connection)).length));
  }
  connection.close();
  served.stop();
  if (calls.length !== ROUNDS) throw new Error(`${calls.length} calls for ${ROUNDS} scans`);
  const name = `scan of ${ENDPOINTS} endpoints in one round trip`;
  return [{ name, value: round(median(scans), 2), unit: 'ms', baseline: round(median(bare), 2) }];
}

/** Milliseconds. */
async function timed(work: () => Promise<number>): Promise<number> {
  const began = performance.now();
  const found = await work();
  const took = performance.now() - began;
  if (found < ENDPOINTS) throw new Error(`${found} of ${ENDPOINTS} endpoints`);
  return took;
}
