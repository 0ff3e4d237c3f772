import { Popover } from "@mantine/core";
import { count } from "../../format/numbers.ts";
import type { TimeFormat } from "../../format/time.ts";
import { OutcomeIcon } from "../outcomes/OutcomeIcon.tsx";
import { itemText } from "./LaneMarks.tsx";
import { menuKey, type TimelineItem } from "./layout.ts";
import classes from "./Timeline.module.css";

const listedAtMost = 40;

/** What stands too close to be told apart, as a list of links. */
export function Together(props: {
  opened: { items: readonly TimelineItem[]; x: number; y: number } | null;
  onClose: () => void;
  withDay: boolean;
  now: number;
  format: TimeFormat;
}) {
  const { opened } = props;
  const shown = opened?.items.slice(0, listedAtMost) ?? [];
  return (
    <Popover
      opened={opened !== null}
      onChange={(open) => !open && props.onClose()}
      withRoles={false}
      trapFocus
      returnFocus
      shadow="md"
      withinPortal={false}
    >
      <Popover.Target>
        <span className={classes.anchor} style={{ left: opened?.x ?? 0, top: opened?.y ?? 0 }} />
      </Popover.Target>
      <Popover.Dropdown
        p={4}
        className={classes.together}
        role="dialog"
        aria-label={`${count(opened?.items.length ?? 0)} together`}
      >
        <ul>
          {shown.map((item) => {
            const text = itemText(item, props.withDay, props.now, props.format);
            return (
              <li key={item.key}>
                {item.href === undefined ? (
                  <span className={classes.togetherItem}>{text}</span>
                ) : (
                  <a href={item.href} className={classes.togetherItem} data-menu={menuKey(item)}>
                    <OutcomeIcon outcome={item.outcome} size={12} /> <span className="ellipsis">{text}</span>
                  </a>
                )}
              </li>
            );
          })}
        </ul>
        {opened !== null && opened.items.length > shown.length && (
          <p className="dim">and {count(opened.items.length - shown.length)} more: zoom in to see them</p>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
