'use strict';

/**
 * The cases that run inside User Mode Linux, which test/kernel/uml/run.sh boots. One process: that kernel has one
 * processor.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/test/kernel/uml'],
  testPathIgnorePatterns: ['/node_modules/'],
  cacheDirectory: '<rootDir>/.cache/kernel/jest',
  // Only against hanging for ever, on a machine that others keep busy: every single wait has a bound of its own.
  testTimeout: 240_000,
  maxWorkers: 1,
  verbose: true,
};
