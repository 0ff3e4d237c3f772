import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { SystemStatus } from "../../../shared/api/system.ts";
import { RUNS_AT_ONCE } from "../../../shared/domain/waiting.ts";
import { readTimeLimit } from "../../../shared/schedule/texts/duration.ts";
import { DurationInput } from "../../components/form/DurationInput.tsx";
import { NumberField } from "../../components/form/NumberField.tsx";
import { Fact, Facts } from "../../components/page/Facts.tsx";
import { durationText } from "../../format/time.ts";
import classes from "./Settings.module.css";
import { useSetting } from "./useSetting.ts";

/** What executes runs, and how long they are kept. */
export function EngineSettings({ status, settings }: { status: SystemStatus; settings: Record<string, unknown> }) {
  const { runtime, owner } = status;
  return (
    <div className={classes.engine}>
      <Facts>
        <Fact label="Runtime">
          {runtime === null
            ? "in another process"
            : runtime.kind === "local"
              ? `local, ${runtime.busy} of ${runtime.workers} processes busy`
              : `Redis, ${runtime.workers} workers`}
        </Fact>
        <Fact label="Fires">
          {status.role === "owner"
            ? "this process"
            : owner === null
              ? "nobody"
              : `${owner.program}, process ${owner.pid} on ${owner.host}`}
        </Fact>
        <Fact label="Looks at the clock">every {durationText(status.pollIntervalMs)} at least</Fact>
      </Facts>
      <div className={classes.numbers}>
        <NumberSetting
          name="runsAtOnce"
          label="Runs at once"
          suffix=" runs"
          min={1}
          max={100_000}
          value={numberOf(settings["runsAtOnce"], RUNS_AT_ONCE)}
        />
        <NumberSetting
          name="retentionDays"
          label="Keep runs for"
          suffix=" days"
          min={1}
          max={36_500}
          value={numberOf(settings["retentionDays"], 90)}
        />
        <NumberSetting
          name="retentionRunsPerSchedule"
          label="Keep at most"
          suffix=" runs a schedule"
          min={1}
          max={10_000_000}
          value={numberOf(settings["retentionRunsPerSchedule"], 10_000)}
        />
        <NumberSetting
          name="memoryLimitMb"
          label="Memory of workflow code"
          suffix=" MiB"
          min={64}
          max={1_048_576}
          value={numberOf(settings["memoryLimitMb"], 512)}
        />
        <TimeoutSetting value={settings["timeout"]} />
      </div>
    </div>
  );
}

function TimeoutSetting({ value }: { value: unknown }) {
  const { write, error } = useSetting("timeout");
  return (
    <DurationInput
      label="Time limit of a run"
      value={typeof value === "string" ? value : ""}
      placeholder="none"
      told="left"
      problemOf={(timeout) => {
        const read = readTimeLimit(timeout);
        return "problem" in read ? `${read.problem.charAt(0).toUpperCase()}${read.problem.slice(1)}.` : null;
      }}
      onChange={(timeout) => write(timeout === "" ? null : timeout)}
      error={error ?? undefined}
    />
  );
}

function numberOf(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}

function NumberSetting(props: {
  name: string;
  label: string;
  suffix: string;
  min: number;
  max: number;
  value: number;
}) {
  const { write, error, busy } = useSetting(props.name);
  // A link from elsewhere names the setting that it is about.
  const meant = useLocation({ select: ({ hash }) => hash === props.name });
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (meant) input.current?.focus();
  }, [meant]);
  return (
    <NumberField
      ref={input}
      label={props.label}
      suffix={(value) => (value === 1 ? props.suffix.replace(/^( run| day)s/, "$1") : props.suffix)}
      value={props.value}
      min={props.min}
      max={props.max}
      told="left"
      onChange={(value) => value !== null && write(value)}
      disabled={busy}
      error={error}
      w={190}
    />
  );
}
