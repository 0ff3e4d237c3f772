import { useHotkeys } from "@mantine/hooks";
import { type ComponentType, useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { loaded } from "../api/code.ts";
import { notifyError } from "../components/page/notify.tsx";
import { onPaletteAsked, openPalette } from "./dialogs.ts";
import { holdKeys, type TypedAhead } from "./typedAhead.ts";

/** How long the page may be busy before the palette comes all the same. */
const latestMs = 3000;

const load = () => loaded(import("./CommandPalette.tsx"));

/** The command palette, whose code comes once the page rests: what is typed right after its key must not be the page's. */
export function Palette() {
  const [Opened, setOpened] = useState<ComponentType<{ typed: TypedAhead | null }> | null>(null);
  const [typed, setTyped] = useState<TypedAhead | null>(null);
  // Also while something is typed.
  useHotkeys([["mod+K", openPalette]], []);
  useEffect(() => {
    const prepare = () =>
      load().then(
        ({ CommandPalette }) => setOpened(() => CommandPalette),
        // Whoever asks for it is told.
        () => {},
      );
    if (typeof requestIdleCallback === "undefined") {
      const timer = setTimeout(prepare, latestMs);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(prepare, { timeout: latestMs });
    return () => cancelIdleCallback(idle);
  }, []);
  useEffect(
    () =>
      onPaletteAsked(async () => {
        const letGo = holdKeys(setTyped);
        try {
          const { CommandPalette, open } = await load();
          // Drawn closed first: only what it sees open afterwards tells it where the focus was, and goes back to.
          flushSync(() => setOpened(() => CommandPalette));
          open();
        } catch (error) {
          letGo();
          notifyError(error);
        }
      }),
    [],
  );
  return Opened === null ? null : <Opened typed={typed} />;
}
