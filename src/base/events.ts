/** What {@link Emitter.on} gives back. */
export interface Subscription {
  unsubscribe(): void;
}

/** A typed event source. Listeners run in the order they subscribed; one that throws does not stop the others. */
export class Emitter<Event> {
  private listeners: readonly ((event: Event) => void)[] = [];

  on(listener: (event: Event) => void): Subscription {
    this.listeners = [...this.listeners, listener];
    return {
      unsubscribe: () => {
        this.listeners = this.listeners.filter((each) => each !== listener);
      },
    };
  }

  emit(event: Event): void {
    const failures: unknown[] = [];
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
