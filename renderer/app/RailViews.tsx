import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { trpc } from "../api/client.ts";
import { useSavedViews } from "../features/schedules/filters/savedViews.ts";
import { listInput } from "../features/schedules/list/useScheduleRows.ts";
import { count } from "../format/numbers.ts";
import classes from "./Shell.module.css";

/** So many stand in the rail; the rest is in the list's own menu. */
const shown = 8;

/** The saved views of the schedule list, under their page, with how many schedules each has. */
export function RailViews() {
  const { views } = useSavedViews();
  const inRail = views.slice(0, shown);
  const counts = useQueries({
    queries: inRail.map(({ search }) =>
      // In no order: only how many there are is asked for.
      trpc.schedules.rows.queryOptions({ ...listInput({ ...search, folded: undefined, sort: "name" }), limit: 1 }),
    ),
  });
  if (views.length === 0) return null;
  return (
    <ul className={classes.views} aria-label="Saved views">
      {inRail.map(({ name, search }, index) => {
        const total = counts[index]?.data?.total;
        return (
          <li key={name}>
            <Link to="/" search={search} activeOptions={{ exact: true }} className={classes.railView} data-tip={name}>
              <span className="ellipsis">{name}</span>
              <span className={classes.viewCount}>{total === undefined ? "" : count(total)}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
