// Who may watch over TCP. A web page anywhere may make a browser connect to this machine: the name the browser was told must
// be one that only this machine has (nobody else's DNS can point it here), a page must come from this very server, and
// whoever connects must know the token. A Unix socket is guarded by its file's mode. Pure but for the comparison's clock.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** What browsers offer as a protocol of the connection, since they cannot send headers: the word, then the token. */
export const SUBPROTOCOL = 'lockstep';
const TOKEN_BYTES = 24;

export interface Refusal {
  readonly status: 401 | 403 | 404 | 405 | 421 | 503;
  readonly why: string;
}

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Whether `Host` names this machine as nobody else can: by an address, or as localhost or `names`. */
export function hostRefused(headers: IncomingHttpHeaders, names: readonly string[]): Refusal | undefined {
  const name = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?$/i.exec(headers.host ?? '')?.[1]?.toLowerCase();
  const plain = name?.replace(/^\[|\]$/g, '');
  if (plain !== undefined && (isIP(plain) !== 0 || plain === 'localhost' || names.includes(plain))) return undefined;
  return { status: 421, why: 'this server is not known by that name: use the address it has printed' };
}

/** A page that wants to watch must be this server's own. */
export function originRefused(headers: IncomingHttpHeaders): Refusal | undefined {
  const { origin, host } = headers;
  if (origin === undefined || origin.toLowerCase() === `http://${host?.toLowerCase()}`) return undefined;
  return { status: 403, why: 'pages of other servers may not watch' };
}

export function tokenRefused(headers: IncomingHttpHeaders, token: string): Refusal | undefined {
  const offered = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? subprotocolToken(headers);
  if (offered !== undefined && sameToken(offered, token)) return undefined;
  return { status: 401, why: 'the token is missing or wrong: use the whole address that the run has printed' };
}

function subprotocolToken(headers: IncomingHttpHeaders): string | undefined {
  const [word, token] = (headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
  return word === SUBPROTOCOL ? token : undefined;
}

/** Takes the same time wherever they differ. */
function sameToken(offered: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(offered), digest(token));
}

/** Addresses that only processes of this machine reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
