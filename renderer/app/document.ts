import { localStorageColorSchemeManager } from "@mantine/core";

/** The nonce that the server or the desktop app put into the page, for styles made at run time. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

// The scroll lock behind dialogs adds a style element of its own and looks for the nonce here.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() });

export const colorSchemeManager = localStorageColorSchemeManager({ key: "almanac-color-scheme" });
