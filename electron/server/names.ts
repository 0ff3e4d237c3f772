import type { IncomingMessage } from "node:http";
import { hostname, networkInterfaces } from "node:os";

const loopbackNames = new Set(["127.0.0.1", "[::1]", "localhost"]);

/** Whether only programs of this machine reach what listens at `host`. */
export function isLoopback(host: string): boolean {
  return loopbackNames.has(host) || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** A host as it stands in an address. */
const inAddress = (host: string): string => (host.includes(":") ? `[${host}]` : host);

export interface Names {
  /** Where a person opens the pages: scheme, host and port. */
  readonly origin: string;
  /** The same pages by this machine's addresses in its networks, where the server listens at all of them. */
  readonly others: readonly string[];
  /** The origins that the pages of a request's host have; null where the host is not ours. */
  originsOf(host: string, request: IncomingMessage): readonly string[] | null;
  /** Whether a host is `localhost` of this server, which is sent on to the address itself. */
  isLocalhost(host: string): boolean;
}

/**
 * The names that a server goes by. A browser takes a foreign name to whatever address its owner says (DNS rebinding),
 * so a request must name one of these. `localhost` is none: it stands for two addresses, and another program may listen
 * at the other one and be handed what pages of that name have kept.
 */
export function createNames(options: {
  host: string;
  port: () => number;
  secure: boolean;
  behindProxy: boolean;
  /** Further names, each with a port or without. */
  allowed: readonly string[];
}): Names {
  const { host, port, secure, behindProxy } = options;
  const scheme = secure ? "https" : "http";
  const allowed = options.allowed.map((name) => name.toLowerCase());
  const everywhere = host === "0.0.0.0" || host === "::";
  const ownName = hostname().toLowerCase();
  const ownNames = isLoopback(host)
    ? new Set([host === "localhost" ? "127.0.0.1" : inAddress(host)])
    : new Set([
        ownName,
        `${ownName}.local`,
        ...(everywhere ? ["127.0.0.1", "[::1]"] : [inAddress(host.toLowerCase())]),
      ]);

  function isAllowed(name: string, at: number | null): boolean {
    if (allowed.includes(at === null ? name : `${name}:${at}`)) return true;
    // A name without a port holds for this server's own, and behind a proxy for whatever that one has.
    return allowed.includes(name) && (behindProxy || at === port() || at === null);
  }

  function isOwn(name: string, at: number | null, request: IncomingMessage): boolean {
    return at === port() && (ownNames.has(name) || name === hostOfAddress(request.socket.localAddress));
  }

  const shownName = everywhere ? ownName : inAddress(host === "localhost" ? "127.0.0.1" : host);
  return {
    get origin() {
      if (behindProxy) return `https://${allowed[0] ?? shownName}`;
      return `${scheme}://${shownName}:${port()}`;
    },
    get others() {
      if (!everywhere || behindProxy) return [];
      const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      return found
        .filter(
          ({ internal, family, address }) =>
            !internal && (family === "IPv4" || (host === "::" && !address.startsWith("fe80"))),
        )
        .map(({ address }) => `${scheme}://${inAddress(address)}:${port()}`);
    },
    originsOf(text, request) {
      const { name, at } = readHost(text);
      if (name === null) return null;
      if (!isAllowed(name, at) && !isOwn(name, at, request)) return null;
      // A proxy may pass its own name on, or ours: the browser's own word for where it is stands in Origin.
      return behindProxy ? allowed.map((known) => `https://${known}`) : [`${scheme}://${text.toLowerCase()}`];
    },
    isLocalhost(text) {
      const { name, at } = readHost(text);
      return isLoopback(host) && name === "localhost" && at === port() && !isAllowed(name, at);
    },
  };
}

function readHost(text: string): { name: string | null; at: number | null } {
  const match = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i.exec(text);
  return { name: match?.[1]?.toLowerCase() ?? null, at: match?.[2] === undefined ? null : Number(match[2]) };
}

function hostOfAddress(address: string | undefined): string {
  return inAddress((address ?? "").replace(/^::ffff:/, ""));
}
