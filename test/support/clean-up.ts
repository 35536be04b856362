type Step = () => void | PromiseLike<void>;

/**
 * What a set-up has brought up so far, undone in reverse order when it fails half way; Node 20 has no
 * `AsyncDisposableStack`. `await using cleanUp = new CleanUp()`, and at the end whoever takes over gets `cleanUp.move()`.
 */
export class CleanUp implements AsyncDisposable {
  private steps: Step[] = [];

  use<T extends Disposable | AsyncDisposable>(resource: T): T {
    this.defer(() =>
      Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose](),
    );
    return resource;
  }

  defer(step: Step): void {
    this.steps.push(step);
  }

  /** Nothing is left to undo here. */
  move(): CleanUp {
    const owner = new CleanUp();
    owner.steps = this.steps.splice(0);
    return owner;
  }

  /** No step is left out because an earlier one failed. @throws AggregateError of what failed */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
  }
}
