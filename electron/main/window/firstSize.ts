interface Size {
  width: number;
  height: number;
}

const usual: Size = { width: 1280, height: 800 };
/** What a desktop puts around a window, which is in no size that a program can ask for before the window is there. */
const frame: Size = { width: 8, height: 40 };

/** The size of a window that has no place of its own yet: nothing of it may lie under a panel or beyond the screen. */
export const firstSize = (workArea: Size): Size => ({
  width: Math.min(usual.width, workArea.width - frame.width),
  height: Math.min(usual.height, workArea.height - frame.height),
});
