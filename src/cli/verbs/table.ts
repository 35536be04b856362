import { createRequire } from 'node:module';
import type { Verb } from './context';
import type * as Sim from './sim';
import { register as addr } from './addr';
import { register as assign } from './assign';
import { register as capture } from './capture';
import { register as completion } from './completion';
import { register as learn } from './learn';
import { register as link } from './link';
import { register as list } from './list';
import { register as mtu } from './mtu';
import { register as neigh } from './neigh';
import { register as nvme } from './nvme';
import { register as recover } from './recover';
import { register as remove } from './remove';
import { register as req } from './req';
import { register as rescan } from './rescan';
import { register as route } from './route';
import { register as scan } from './scan';
import { register as setup } from './setup';
import { register as show } from './show';
import { register as tree } from './tree';

const load = createRequire(__filename);

/** Every verb, in the order of `--help`. A new one is a file, and its line here. */
export const VERBS: readonly Verb[] = [
  tree,
  list,
  show,
  scan,
  setup,
  assign,
  learn,
  remove,
  recover,
  mtu,
  link,
  addr,
  route,
  neigh,
  rescan,
  nvme,
  req,
  capture,
  { name: 'sim', description: 'simulate devices', load: () => load('./sim') as typeof Sim },
  completion,
];
