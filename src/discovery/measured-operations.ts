import type { Clock } from '../base/clock';
import { isMctpError } from '../base/errors';
import type { Metrics } from '../base/metrics';
import type { Assigned, AssignedBridge, EndpointStatus, Operations } from './operations';
import type { Role } from './registry';

/** Tells the metrics how operations end and how long they take (D-17). */
export class MeasuredOperations implements Operations {
  constructor(
    private readonly inner: Operations,
    private readonly metrics: Metrics,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  setupEndpoint(link: number, address: Uint8Array): Promise<Assigned> {
    return this.measure('SetupEndpoint', () => this.inner.setupEndpoint(link, address));
  }

  assignEndpoint(link: number, address: Uint8Array): Promise<Assigned> {
    return this.measure('AssignEndpoint', () => this.inner.assignEndpoint(link, address));
  }

  assignEndpointStatic(link: number, address: Uint8Array, eid: number): Promise<Assigned> {
    return this.measure('AssignEndpointStatic', () => this.inner.assignEndpointStatic(link, address, eid));
  }

  assignBridgeStatic(...given: Parameters<Operations['assignBridgeStatic']>): Promise<AssignedBridge> {
    return this.measure('AssignBridgeStatic', () => this.inner.assignBridgeStatic(...given));
  }

  learnEndpoint(link: number, address: Uint8Array): Promise<Assigned | undefined> {
    return this.measure('LearnEndpoint', () => this.inner.learnEndpoint(link, address));
  }

  learnByEid(network: number, eid: number): Promise<Assigned> {
    return this.measure('LearnByEid', () => this.inner.learnByEid(network, eid));
  }

  remove(network: number, eid: number): Promise<void> {
    return this.measure('Remove', () => this.inner.remove(network, eid));
  }

  setMtu(network: number, eid: number, mtu: number): Promise<void> {
    return this.measure('SetMTU', () => this.inner.setMtu(network, eid, mtu));
  }

  recover(network: number, eid: number): Promise<void> {
    return this.measure('Recover', () => this.inner.recover(network, eid));
  }

  setRole(link: number, role: Role): void {
    this.inner.setRole(link, role);
  }

  rescan(): void {
    this.inner.rescan();
  }

  status(network: number, eid: number): EndpointStatus {
    return this.inner.status(network, eid);
  }

  private async measure<T>(operation: string, task: () => Promise<T>): Promise<T> {
    const began = this.clock.now();
    const ended = (result: Parameters<Metrics['operation']>[1]): void =>
      this.metrics.operation(operation, result, (this.clock.now() - began) / 1000);
    try {
      const value = await task();
      ended('ok');
      return value;
    } catch (error) {
      ended(isMctpError(error) ? error.code : 'internal');
      throw error;
    }
  }
}
