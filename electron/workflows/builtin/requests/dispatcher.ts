import { readFile } from "node:fs/promises";
import tls from "node:tls";
import type { Dispatcher, EnvHttpProxyAgent } from "undici";
import { RunFailure } from "../../running/failures.ts";

/**
 * What a request's connections are made by: over the proxies that the environment names (`http_proxy`, `https_proxy`,
 * `all_proxy`, but for `no_proxy`), trusting the usual authorities and those of a file.
 * @throws RunFailure INVALID_INPUT
 */
export async function createDispatcher(
  { caFile, timeoutMs }: { caFile: string | undefined; timeoutMs: number },
  env: NodeJS.ProcessEnv = process.env,
): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import("undici");
  const file = caFile ?? env["SSL_CERT_FILE"];
  const ca =
    file === undefined || file === ""
      ? undefined
      : [...usualAuthorities(), await authorities(file, caFile !== undefined)];
  const tls = ca === undefined ? {} : { ca };
  const proxyOf = (scheme: string): string | undefined =>
    [scheme, "all"].map((kind) => env[`${kind}_proxy`] || env[`${kind}_proxy`.toUpperCase()]).find(Boolean);
  const [httpProxy, httpsProxy] = [proxyOf("http"), proxyOf("https")];
  const options: EnvHttpProxyAgent.Options = {
    // The request's own timeout ends it, and says so; these are not to come first, nor ever to be none.
    connect: { ...tls, timeout: timeoutMs + marginMs },
    headersTimeout: timeoutMs + marginMs,
    bodyTimeout: timeoutMs + marginMs,
    requestTls: { ...tls, timeout: timeoutMs + marginMs },
    proxyTls: { ...tls, timeout: timeoutMs + marginMs },
    // Plain requests are handed to the proxy as they are: many connect to port 443 alone.
    proxyTunnel: false,
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
  };
  try {
    return new EnvHttpProxyAgent(options);
  } catch {
    // What is wrong with it would show its password.
    throw new RunFailure(
      "INVALID_INPUT",
      "The proxy that the environment names (http_proxy, https_proxy or all_proxy) is no address of one",
    );
  }
}

const marginMs = 1_000;

function usualAuthorities(): readonly string[] {
  // A name that an older Node does not export would end the program where it is imported.
  return typeof tls.getCACertificates === "function" ? tls.getCACertificates("default") : tls.rootCertificates;
}

async function authorities(file: string, isGiven: boolean): Promise<string> {
  const field = isGiven ? "input.caFile" : "SSL_CERT_FILE";
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no file" : "cannot be read:";
    throw new RunFailure("INVALID_INPUT", `${field}: ${why} ${JSON.stringify(file)}`, { retryable: true });
  }
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new RunFailure(
    "INVALID_INPUT",
    `${field}: ${JSON.stringify(file)} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)`,
  );
}
