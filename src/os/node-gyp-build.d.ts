/** Finds and loads the native build below a package folder; throws when there is none. */
declare module 'node-gyp-build' {
  function load(packageRoot: string): unknown;
  export = load;
}
