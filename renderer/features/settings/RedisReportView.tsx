import { IconAlertTriangle, IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { redisFacts } from "../../../shared/api/redisFacts.ts";
import type { RedisReport } from "../../../shared/api/workers.ts";
import { Fact, Facts } from "../../components/page/Facts.tsx";
import classes from "./Settings.module.css";

/** What a look at a Redis found, and what to do about each thing that is wrong with it. */
export function RedisReportView({ report }: { report: RedisReport }) {
  return (
    <div className={classes.report} role="status" aria-label="Connection">
      <Facts>
        {redisFacts(report).map(([name, value]) => (
          <Fact key={name} label={name}>
            {value}
          </Fact>
        ))}
      </Facts>
      <ul className={classes.findings}>
        {report.problems.length === 0 && (
          <li data-state="good">
            <IconCircleCheck size={16} aria-hidden="true" />
            <span>It can be used, and nothing is wrong with it.</span>
          </li>
        )}
        {report.problems.map(({ code, refused, message, remedy }) => (
          <li key={code} data-state={refused ? "bad" : "warning"}>
            {refused ? (
              <IconCircleX size={16} aria-hidden="true" />
            ) : (
              <IconAlertTriangle size={16} aria-hidden="true" />
            )}
            <span>
              {message}. <span className="dim">{remedy}.</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
