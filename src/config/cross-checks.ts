import { linkPath } from '../base/bus-names';
import { largestExtent } from '../discovery/eid-pool';
import { checkDevices, checkInterfaces } from './device-checks';
import type { ConfigFile } from './file';
import type { LinkTable } from './link';
import { dynamicEids, largestPool } from './plain';
import { eidOf, networkOf, roleOf } from './effective';
import { Report } from './report';
import type { Findings } from './report';

/** What no single key can show. */
export function crossCheck(file: ConfigFile): Findings {
  const report = new Report();
  checkPool(file, report);
  checkNames(file.link, report);
  file.link.forEach((link, index) => {
    checkBridge(file, link, index, report);
    checkUpstream(file, link, index, report);
  });
  checkOwnEids(file, report);
  checkDevices(file, report);
  checkInterfaces(file.interface, report);
  checkUseless(file, report);
  return report;
}

function checkPool(file: ConfigFile, report: Report): void {
  const table = file['bus-owner'];
  const most = largestPool(table);
  if (largestExtent(dynamicEids(table)) === undefined) {
    const expected = 'some EIDs left in dynamic_eid_range, or none is given out but by hand';
    report.warn(['bus-owner', 'reserved_eids'], 'all of dynamic_eid_range', expected);
  }
  // The default is made to fit without a word; a number somebody wrote is not (R-DBUS-42).
  if (table.max_pool_size <= most || table.max_pool_size === 15) return;
  const expected = `at most ${most}, what dynamic_eid_range leaves beside the bridge; ${most} is used`;
  report.warn(['bus-owner', 'max_pool_size'], String(table.max_pool_size), expected);
}

function checkNames(links: readonly LinkTable[], report: Report): void {
  const names = new Map<string, string>();
  links.forEach((link, index) => {
    const path = linkPath(link.name);
    const other = names.get(path);
    if (other === undefined) names.set(path, link.name);
    else if (other === link.name)
      report.error(['link', index, 'name'], `"${link.name}" again`, 'a name of its own');
    else {
      const expected = `a name whose D-Bus path differs from that of "${other}" (R-DBUS-7)`;
      report.error(['link', index, 'name'], `"${link.name}"`, expected);
    }
  });
}

function checkBridge(file: ConfigFile, link: LinkTable, index: number, report: Report): void {
  if (link.pool_request === 0 || roleOf(file, link) === 'endpoint') return;
  const found = `${link.pool_request} on a link of role ${roleOf(file, link)}`;
  report.error(['link', index, 'pool_request'], found, '0, or role = "endpoint" (R-DISC-170)');
}

function checkUpstream(file: ConfigFile, link: LinkTable, index: number, report: Report): void {
  if (link.upstream === undefined) return;
  const path = ['link', index, 'upstream'];
  const found = `"${link.upstream}"`;
  const target = file.link.find((each) => each.name === link.upstream);
  if (target === undefined) {
    report.error(path, found, 'the name of a [[link]] of this file');
    return;
  }
  if (target.pool_request === 0) {
    report.error(path, found, 'a link with pool_request above 0 (R-DISC-170)');
  }
  if (networkOf(target) !== networkOf(link)) {
    const expected = `a link of the same network, ${networkOf(link)}, not ${networkOf(target)}`;
    report.error(path, found, expected);
  }
  const role = roleOf(file, link);
  if (role !== 'bus-owner')
    report.error(path, `${found} on a link of role ${role}`, 'role = "bus-owner" here');
  if (link.eid !== undefined) {
    const expected = 'no eid beside upstream: the link uses the one assigned to us there';
    report.error(['link', index, 'eid'], String(link.eid), expected);
  }
  [index, file.link.indexOf(target)].forEach((each) => {
    if (file.link[each]?.forward !== false) return;
    report.error(['link', each, 'forward'], 'false', `true or absent, as "${link.name}" has an upstream`);
  });
}

/**
 * One EID on several links of a network is legal, since it is one endpoint, us; but written down more than once it may
 * be a slip of the pen. Defaults that agree are the ordinary case and not worth a line.
 */
function checkOwnEids(file: ConfigFile, report: Report): void {
  const owners = new Map<string, string>();
  file.link.forEach((link, index) => {
    const eid = eidOf(file, link);
    if (eid === undefined) return;
    const key = `${networkOf(link)} ${eid}`;
    const other = owners.get(key);
    if (other === undefined) owners.set(key, link.name);
    else if (link.eid !== undefined) {
      const expected = `an EID of its own in network ${networkOf(link)}, unless both links are meant to share it`;
      report.warn(['link', index, 'eid'], `${eid}, as on link "${other}"`, expected);
    }
  });
}

/** Settings that are legal and do nothing. */
function checkUseless(file: ConfigFile, report: Report): void {
  if (file.backend === 'kernel' && file.link.length > 0) {
    report.warn(
      ['backend'],
      '"kernel" beside [[link]] tables',
      '"auto" or "user", or the links are not served',
    );
  }
  file.demux.allow.forEach((entry, index) => {
    if (entry.uids.length + entry.gids.length > 0) return;
    report.warn(
      ['demux', 'allow', index],
      'neither uids nor gids',
      'at least one, or the entry allows nobody',
    );
  });
}
