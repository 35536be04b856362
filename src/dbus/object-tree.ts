import type { Attached } from './rows';

/** Objects by path, and which children each path has: containers exist as long as something is below them. */
export class ObjectTree {
  private readonly objects = new Map<string, readonly Attached[]>();
  /** Path to child names, each with the number of objects at or below that child. */
  private readonly below = new Map<string, Map<string, number>>();

  /** False, and nothing changed, when the path is taken (R-DBUS-7). */
  add(path: string, interfaces: readonly Attached[]): boolean {
    if (this.objects.has(path)) return false;
    this.objects.set(path, interfaces);
    for (const [parent, child] of steps(path)) {
      const children = this.below.get(parent) ?? new Map<string, number>();
      children.set(child, (children.get(child) ?? 0) + 1);
      this.below.set(parent, children);
    }
    return true;
  }

  /** The interfaces it had; `undefined` when there is no such object. */
  remove(path: string): readonly Attached[] | undefined {
    const interfaces = this.objects.get(path);
    if (!this.objects.delete(path)) return undefined;
    for (const [parent, child] of steps(path)) {
      const children = this.below.get(parent);
      const count = (children?.get(child) ?? 1) - 1;
      if (count > 0) children?.set(child, count);
      else children?.delete(child);
      if (children?.size === 0) this.below.delete(parent);
    }
    return interfaces;
  }

  /** Newest first, as introspection lists them (R-DBUS-32). */
  attach(path: string, added: Attached): void {
    const interfaces = this.objects.get(path);
    if (interfaces !== undefined) this.objects.set(path, [added, ...interfaces]);
  }

  interfaces(path: string): readonly Attached[] | undefined {
    return this.objects.get(path);
  }

  children(path: string): readonly string[] {
    return [...(this.below.get(path)?.keys() ?? [])];
  }

  /** An object, or a container with something below it. */
  exists(path: string): boolean {
    return this.objects.has(path) || this.below.has(path);
  }
}

/** Every parent of a path with the child that leads to it: `/a/b` gives `['/', 'a']` and `['/a', 'b']`. */
function steps(path: string): readonly (readonly [string, string])[] {
  const names = path.split('/').slice(1);
  return names.map((name, index) => [`/${names.slice(0, index).join('/')}`, name] as const);
}
