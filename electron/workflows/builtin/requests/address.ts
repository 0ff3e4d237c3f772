import { RunFailure } from "../../running/failures.ts";
import { runStorage } from "../../sdk/runScope.ts";
import { fillIn } from "../templates.ts";

/** Where a request goes, and what its address says about who asks: an address with a password in it is shown nowhere. */
export interface Address {
  url: URL;
  /** `Authorization` made of the name and password that stood in the address; null where none did. */
  authorization: string | null;
}

/** @throws RunFailure INVALID_INPUT */
export async function addressOf(text: string): Promise<Address> {
  // A template that makes the whole beginning (a secret webhook address) is an address; elsewhere it is a value in one.
  const filled = await fillIn(text, ({ value, at }) => (at === 0 ? value : encodeURIComponent(value)));
  const address = parseAddress(filled);
  if (address !== null) return address;
  throw new RunFailure(
    "INVALID_INPUT",
    `input.url: an http or https address (given: ${JSON.stringify(withoutPassword(text))})`,
  );
}

/** Null for what is no http or https address. `base` is that of the answer which names it. */
export function parseAddress(text: string, base?: URL): Address | null {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  if (url.username === "" && url.password === "") return { url, authorization: null };
  const [name, password] = [decoded(url.username), decoded(url.password)];
  if (password !== "") runStorage.getStore()?.hide(password);
  url.username = "";
  url.password = "";
  return { url, authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/?#]*@/, "//••••••@");
}
