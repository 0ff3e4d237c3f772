import {
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  type MantineThemeOverride,
} from "@mantine/core";

/** The one accent: actions and the present moment. Outcomes have their own colours in tokens.css. */
const accent: MantineColorsTuple = [
  "#f2f0fd",
  "#e2ddf8",
  "#c4baf1",
  "#a595ea",
  "#8b77e2",
  "#7461db",
  "#5f4bcf",
  "#5240b8",
  "#45359c",
  "#352877",
];

/** Warm neutrals, dark end tuned for surfaces rather than text. */
const dark: MantineColorsTuple = [
  "#e9e8e4",
  "#c3c2bd",
  "#a3a29e",
  "#85858a",
  "#55565d",
  "#3a3b42",
  "#2c2d33",
  "#1d1e23",
  "#17181c",
  "#101114",
];

const gray: MantineColorsTuple = [
  "#faf9f7",
  "#f3f1ed",
  "#e9e6e0",
  "#dcd8d0",
  "#c5c0b6",
  "#a19b90",
  "#7b766c",
  "#5f5b53",
  "#403d37",
  "#211f1b",
];

export const theme: MantineThemeOverride = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 5 },
  colors: { accent, dark, gray },
  black: "#211f1b",
  fontFamily:
    '"Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "13px", lg: "15px", xl: "18px" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.45", lg: "1.4", xl: "1.3" },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "18px", lineHeight: "1.3" },
      h2: { fontSize: "14px", lineHeight: "1.4" },
      h3: { fontSize: "13px", lineHeight: "1.4" },
    },
  },
  spacing: { xs: "4px", sm: "8px", md: "16px", lg: "24px", xl: "32px" },
  radius: { xs: "3px", sm: "5px", md: "7px", lg: "10px", xl: "16px" },
  defaultRadius: "sm",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    CloseButton: { defaultProps: { "aria-label": "Close" } },
    // An icon beside words, or in a button with a name, says nothing by itself.
    Button: { defaultProps: { size: "xs", attributes: { section: { "aria-hidden": true } } } },
    ActionIcon: {
      defaultProps: { variant: "subtle", color: "gray", size: 28, attributes: { icon: { "aria-hidden": true } } },
    },
    TextInput: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    NumberInput: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "xs" } },
    // What it opens says so itself.
    ComboboxChevron: { defaultProps: { "aria-hidden": true } },
    Alert: { defaultProps: { attributes: { icon: { "aria-hidden": true } } } },
    Select: { defaultProps: { size: "xs" } },
    MultiSelect: { defaultProps: { size: "xs" } },
    TagsInput: { defaultProps: { size: "xs" } },
    JsonInput: { defaultProps: { size: "xs" } },
    Checkbox: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    Radio: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs", transitionDuration: 100 } },
    Tooltip: {
      defaultProps: {
        openDelay: 250,
        transitionProps: { duration: 80 },
        events: { hover: true, focus: true, touch: true },
      },
    },
    Menu: {
      defaultProps: {
        shadow: "md",
        transitionProps: { duration: 80 },
        // It would be a child of the menu that is no item.
        withInitialFocusPlaceholder: false,
      },
    },
    Popover: { defaultProps: { shadow: "md", transitionProps: { duration: 80 } } },
    Modal: {
      defaultProps: { transitionProps: { duration: 100 }, centered: true, closeButtonProps: { "aria-label": "Close" } },
      // Titles hold names, which may be one long word.
      styles: { title: { overflowWrap: "anywhere" } },
    },
    Badge: {
      defaultProps: { size: "sm", variant: "default", radius: "xs" },
      styles: { label: { textTransform: "none", fontWeight: 400 } },
    },
  },
});

/** Notices are drawn in the outcomes' own colours: Mantine's are too pale for words in the light, and glare in the dark. */
const notices = {
  "--mantine-color-red-light": "var(--outcome-failed-soft)",
  "--mantine-color-red-light-color": "var(--outcome-failed-text)",
  "--mantine-color-yellow-light": "var(--outcome-missed-soft)",
  "--mantine-color-yellow-light-color": "var(--outcome-missed-text)",
};

/** Mantine makes these of the darkest grey, which in the dark would be a hole in the page and not a surface on it. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: notices,
  dark: {
    ...notices,
    "--mantine-color-gray-light": "#23242a",
    "--mantine-color-gray-light-hover": "#2b2c33",
    "--mantine-color-gray-light-color": "#e9e8e4",
  },
});
