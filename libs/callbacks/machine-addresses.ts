/** The addresses of this machine that are not internal by their range: a service on them is for this machine to protect. */
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** In the plain form in which addresses are compared. */
export function machineAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const plain = all.map(({ address }) => ipaddr.process(address.replace(/%.*$/, '')));
  return [...new Set(plain.filter((address) => address.range() === 'unicast').map(String))].sort();
}
