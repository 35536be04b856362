'use strict';

/**
 * The cases that run inside User Mode Linux: `npm run test:kernel`. One process: the kernel there has one processor.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('../../../jest.config.js'),
  rootDir: '../../..',
  roots: ['<rootDir>/test/kernel/uml'],
  testPathIgnorePatterns: ['/node_modules/'],
  cacheDirectory: '<rootDir>/.cache/kernel/jest',
  testTimeout: 60_000,
  maxWorkers: 1,
  verbose: true,
};
