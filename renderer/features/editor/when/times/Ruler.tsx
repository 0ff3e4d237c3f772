import type { ReactNode, Ref } from "react";
import classes from "./Strip.module.css";

const hours = Array.from({ length: 25 }, (_, hour) => hour);

/** The 24 hours of a day as a strip that chips and windows lie on. */
export function Ruler(props: {
  stripRef: Ref<HTMLDivElement>;
  onPointerDown?: (event: React.PointerEvent<HTMLDivElement>) => void;
  clickable?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={classes.ruler}>
      <div
        ref={props.stripRef}
        className={classes.strip}
        data-clickable={props.clickable || undefined}
        onPointerDown={props.onPointerDown}
      >
        {hours.slice(1, 24).map((hour) => (
          <i
            key={hour}
            className={classes.tick}
            data-major={hour % 6 === 0 || undefined}
            style={{ left: `${(hour / 24) * 100}%` }}
          />
        ))}
        {props.children}
      </div>
      <div className={classes.hours} aria-hidden="true">
        {hours
          .filter((hour) => hour % 3 === 0)
          .map((hour) => (
            <span key={hour} style={{ left: `${(hour / 24) * 100}%` }}>
              {hour}
            </span>
          ))}
      </div>
    </div>
  );
}
