import { expect, it } from "vitest";
import { importedFile, readFiles } from "./readFile.ts";

it("sends text in UTF-8 as text, and anything else as its bytes", () => {
  expect(importedFile("a", new TextEncoder().encode("0 5 * * * grüße"))).toEqual({
    name: "a",
    text: "0 5 * * * grüße",
  });
  const utf16 = Uint8Array.from([0xff, 0xfe, 0x3c, 0x00]);
  expect(importedFile("b", utf16)).toEqual({ name: "b", base64: "//48AA==" });
});

it("does not read what is too large", async () => {
  const file = { name: "huge.ics", size: 1_000_000_000, arrayBuffer: () => Promise.reject(new Error("it was read")) };
  await expect(readFiles([file as unknown as File])).rejects.toThrow("huge.ics is too large: at most 5 MB");
});
