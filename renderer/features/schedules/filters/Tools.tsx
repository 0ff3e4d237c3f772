import { ActionIcon, Button } from "@mantine/core";
import { IconBookmark, IconColumns3, IconFilter } from "@tabler/icons-react";
import { type KeyboardEvent, useCallback, useId, useRef, useState } from "react";
import { loaded } from "../../../api/code.ts";
import { useLater } from "../../../api/useLater.ts";
import { notifyError } from "../../../components/page/notify.tsx";
import classes from "../Schedules.module.css";
import type { ToolMenu, ToolMenusProps } from "./ToolMenus.tsx";

// What they open takes far more code than the list, and nobody opens it first.
const load = () => loaded(import("./ToolMenus.tsx"));

type ToolsProps = Pick<ToolMenusProps, "search" | "onSearch" | "onReplace" | "summary">;

/**
 * The buttons of filters, saved views and columns. They are there before their menus, and stay the same elements when those
 * come: so neither a press nor the focus is lost.
 */
export function Tools(props: ToolsProps) {
  const [opened, setOpened] = useState<ToolMenu | null>(null);
  const [code, ask] = useLater(load);
  const id = useId();
  const buttons = useRef(new Map<ToolMenu, HTMLButtonElement>());
  const buttonOf = useCallback((menu: ToolMenu) => buttons.current.get(menu) ?? null, []);
  const onOpened = useCallback((menu: ToolMenu, isOpened: boolean) => {
    setOpened((now) => (isOpened ? menu : now === menu ? null : now));
  }, []);

  const press = async (menu: ToolMenu) => {
    onOpened(menu, opened !== menu);
    if (code !== null || opened === menu) return;
    try {
      await ask();
    } catch (error) {
      onOpened(menu, false);
      notifyError(error);
    }
  };
  const button = (menu: ToolMenu) => ({
    ref: (element: HTMLButtonElement | null) => {
      if (element !== null) buttons.current.set(menu, element);
    },
    id: `${id}-${menu}`,
    onClick: () => press(menu),
    "aria-haspopup": "dialog" as const,
    "aria-expanded": code !== null && opened === menu,
    "aria-busy": code === null && opened === menu,
    // What one has turned from before it came does not open any more.
    ...(code === null && {
      onBlur: () => onOpened(menu, false),
      onKeyDown: ({ key }: KeyboardEvent) => key === "Escape" && onOpened(menu, false),
    }),
  });
  const Menus = code?.ToolMenus;
  return (
    <>
      <Button
        {...button("filter")}
        variant="default"
        className={classes.tool}
        leftSection={<IconFilter size={14} />}
        aria-label="Filter"
      >
        <span className={classes.toolWord}>Filter</span>
      </Button>
      <Button
        {...button("views")}
        variant="default"
        className={classes.tool}
        leftSection={<IconBookmark size={14} />}
        aria-label="Views"
      >
        <span className={classes.toolWord}>Views</span>
      </Button>
      <ActionIcon
        {...button("shown")}
        size={30}
        variant="default"
        aria-label="Columns and density"
        data-tip="Columns and density"
      >
        <IconColumns3 size={15} aria-hidden="true" />
      </ActionIcon>
      {Menus !== undefined && <Menus {...props} id={id} opened={opened} onOpened={onOpened} buttonOf={buttonOf} />}
    </>
  );
}
