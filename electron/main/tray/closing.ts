/** What a person's closing of the window means. `first`: it is to be said, for the first time. */
export interface Closing {
  how: "quit" | "tray" | "minimise";
  notice?: { title: string; body: string };
}

/** Settings: whether the window may close into the tray, and of which ways to close it, and to quit, the person was told. */
export const stayInTraySetting = "desktop.stayInTray";
export const toldSetting = "desktop.toldOfClosing";

/** Decides by the settings and by whether there is a tray: without one a window that hides is gone. */
export function closing(facts: { stayInTray: unknown; hasTray: boolean; told: unknown }): Closing {
  if (facts.stayInTray === false) return { how: "quit" };
  const how = facts.hasTray ? "tray" : "minimise";
  const told = Array.isArray(facts.told) && facts.told.includes(how);
  return told ? { how } : { how, notice: notices[how] };
}

/** What quitting means, said once to a person who quits while schedules are active, with the other way where there is one. */
export function quitNotice(facts: {
  active: number;
  stayInTray: unknown;
  hasTray: boolean;
  told: unknown;
}): Closing["notice"] {
  const told = Array.isArray(facts.told) && facts.told.includes("quit");
  if (told || facts.active === 0) return undefined;
  const { how } = closing(facts);
  return {
    title: "Nothing fires until Almanac runs again",
    body: [
      facts.active === 1 ? "1 active schedule waits." : `${facts.active} active schedules wait.`,
      how === "quit" ? "Settings can have it go on without a window." : otherWays[how],
    ].join(" "),
  };
}

const otherWays = {
  tray: "To keep them firing close the window instead: Almanac goes on in the tray.",
  minimise: "To keep them firing close the window instead: Almanac is only minimised.",
};

const notices = {
  tray: {
    title: "Almanac goes on in the tray",
    body: "Schedules keep firing. Its icon opens the window again, and quits Almanac.",
  },
  minimise: {
    title: "Almanac is minimised, not closed",
    body: "This desktop has no tray that could bring it back. Schedules keep firing; File → Quit ends Almanac.",
  },
};
