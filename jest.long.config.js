'use strict';

/**
 * The scenarios that take minutes: `npx jest -c jest.long.config.js`. They have a fixed seed and a bound of their own,
 * start real processes, and need a current build (`npm run build`), so they run one after the other.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/test/scenarios/long'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 600_000,
  maxWorkers: 1,
};
