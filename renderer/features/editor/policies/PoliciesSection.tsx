import { MultiSelect, Radio, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { memo, type ReactNode, useMemo } from "react";
import type { WorkflowRow } from "../../../../shared/api/workflows.ts";
import { readMemory } from "../../../../shared/domain/memory.ts";
import { DEFAULT_QUEUE } from "../../../../shared/domain/queue.ts";
import {
  type CatchupPolicy,
  catchupPolicies,
  type OverlapPolicyName,
  overlapPolicies,
} from "../../../../shared/domain/schedule.ts";
import { recoversByDefault } from "../../../../shared/domain/workflow.ts";
import { readDuration } from "../../../../shared/schedule/texts/duration.ts";
import { trpc } from "../../../api/client.ts";
import { TimeOfDayField } from "../../../components/form/DateFields.tsx";
import { DurationInput } from "../../../components/form/DurationInput.tsx";
import { NumberField } from "../../../components/form/NumberField.tsx";
import { sizeText } from "../../../format/numbers.ts";
import { durationText } from "../../../format/time.ts";
import { memoryText } from "../../workflows/memoryText.ts";
import type { PolicyDraft } from "../model/form.ts";
import { catchupScene, overlapScene, retryScene, type Scene, sceneTimes, timeoutScene } from "../model/scenes.ts";
import { useEditorContext } from "../state/editorContext.ts";
import classes from "./PoliciesSection.module.css";
import { SceneDrawing } from "./SceneDrawing.tsx";
import { catchupTexts, overlapTexts } from "./texts.ts";

/** MiB for a field; null where there is no limit of its own. */
function memoryOf(limit: string | null): number | null {
  if (limit === null || limit === "none") return null;
  return readMemory(limit) ?? Number.parseInt(limit, 10);
}

function memoryWords(limit: string | null, ofWorkflow: WorkflowRow["memory"] | null): string {
  if (limit !== null && limit !== "none" && readMemory(limit) !== null)
    return `A run that takes more than ${sizeText(limit)} is ended and counts as failed.`;
  if (limit === "none") return "As much as it needs.";
  return ofWorkflow === null
    ? "As much as all runs of its workflow."
    : `As all its workflow's: ${memoryText(ofWorkflow)}.`;
}

const msOf = (text: string): number | null => {
  const read = readDuration(text);
  return "ms" in read ? read.ms : null;
};

/** What happens around a firing, in plain words, each drawn for this schedule's own next runs. */
export const PoliciesSection = memo(function PoliciesSection(props: {
  policies: PolicyDraft;
  workflowName: string;
  next: readonly number[];
  errors: Readonly<Record<string, string>>;
}) {
  const { policies, errors } = props;
  const { edit } = useEditorContext();
  const set = (changes: Partial<PolicyDraft>) =>
    edit({ type: "policy", changes }, `policy:${Object.keys(changes).join()}`);
  const { data: pools = [] } = useQuery(trpc.pools.list.queryOptions());
  const { data: status } = useQuery(trpc.system.status.queryOptions());
  const { data: workflows } = useQuery(trpc.workflows.list.queryOptions());
  const workflow = workflows?.workflows.find(({ name }) => name === props.workflowName);
  const workflowQueue = workflow?.queue ?? DEFAULT_QUEUE;
  const memory = workflow?.memory ?? null;
  const recovers = policies.recoverOnWorkerLoss ?? recoversByDefault(props.workflowName, workflow?.durable);
  const times = useMemo(() => sceneTimes(props.next, 5), [props.next]);
  const gap = Math.min(...times.slice(1).map((at, i) => at - (times[i] ?? 0)));
  const slow = gap * 1.6;
  return (
    <section className={classes.section} aria-labelledby="policies-title">
      <h2 id="policies-title" className={classes.heading}>
        Policies
      </h2>

      <Choice<OverlapPolicyName>
        label="When a run comes due while another still runs"
        hint={`Drawn for ${props.next.length > 1 ? "this schedule's next runs" : "runs"}, ${durationText(gap)} apart, as if each took ${durationText(slow)}.`}
        values={overlapPolicies}
        value={policies.overlapPolicy}
        onChange={(overlapPolicy) => set({ overlapPolicy })}
        text={(policy) => overlapTexts[policy]}
        scene={(policy) => overlapScene(policy, times.slice(0, 4), slow)}
      />
      <Choice<CatchupPolicy>
        label="Runs that came due while Almanac was off"
        hint="The dashed box is the time in which nothing ran."
        values={catchupPolicies}
        value={policies.catchup}
        onChange={(catchup) => set({ catchup })}
        text={(policy) => catchupTexts[policy]}
        scene={(policy) => catchupScene(policy, times, gap * 0.3)}
      >
        {policies.catchup !== "none" && (
          <DurationInput
            label="At most so long ago"
            value={policies.catchupWindow}
            onChange={(catchupWindow) => catchupWindow !== "" && set({ catchupWindow })}
            error={errors["catchupWindow"]}
          />
        )}
      </Choice>

      <div className={classes.panel}>
        <Limit
          scene={retryScene(
            policies.maxAttempts,
            msOf(policies.retryDelay) ?? 10_000,
            (msOf(policies.retryDelay) ?? 10_000) * 0.6,
          )}
          label="When a run fails"
          text={
            policies.maxAttempts === 1
              ? "It is not tried again."
              : `It is tried ${policies.maxAttempts} times in all; the wait doubles each time, up to an hour.`
          }
        >
          <NumberField
            label="Attempts in all"
            value={policies.maxAttempts}
            min={1}
            max={100}
            onChange={(maxAttempts) => maxAttempts !== null && set({ maxAttempts })}
            w={110}
          />
          <DurationInput
            label="First wait"
            value={policies.retryDelay}
            defaultUnit="s"
            disabled={policies.maxAttempts === 1}
            onChange={(retryDelay) => retryDelay !== "" && set({ retryDelay })}
            error={errors["retryDelay"]}
          />
        </Limit>
        <Limit
          scene={timeoutScene((policies.timeout === null ? null : msOf(policies.timeout)) || null)}
          label="How long a run may take"
          text={
            policies.timeout === null
              ? "As long as it needs, or as Settings say."
              : `After ${policies.timeout} it is ended and counts as failed.`
          }
        >
          <DurationInput
            label="Limit"
            value={policies.timeout ?? ""}
            placeholder="none"
            onChange={(timeout) => set({ timeout: timeout === "" ? null : timeout })}
            error={errors["timeout"]}
          />
          <DurationInput
            label="Slow after"
            value={policies.slowAfter ?? ""}
            placeholder="never"
            onChange={(slowAfter) => set({ slowAfter: slowAfter === "" ? null : slowAfter })}
            error={errors["slowAfter"]}
          />
          <TimeOfDayField
            label="Due by"
            value={policies.dueBy ?? ""}
            onChange={(dueBy) => set({ dueBy: dueBy === "" ? null : dueBy.slice(0, 5) })}
            clearable
            error={errors["dueBy"]}
            w={130}
          />
        </Limit>
        {(pools.length > 0 || policies.pools.length > 0) && (
          <Limit
            label="What it shares with others"
            text={
              policies.pools.length === 0
                ? "It needs no place in a pool of its own."
                : "Its runs wait for a place in each of these pools."
            }
          >
            <MultiSelect
              label="Pools"
              data={[...new Set([...pools.map(({ name }) => name), ...policies.pools])]}
              value={[...policies.pools]}
              onChange={(chosen) => set({ pools: chosen })}
              error={errors["pools"] ?? errors["pools[0]"]}
              w={260}
            />
          </Limit>
        )}
        {(status?.runtime?.kind === "bullmq" || policies.queue !== null) && (
          <Limit
            label="Which workers take its runs"
            text={
              policies.queue === null
                ? `Those that take from the queue ${workflowQueue}.`
                : `Only those that take from the queue ${policies.queue}.`
            }
          >
            <TextInput
              label="Queue"
              value={policies.queue ?? ""}
              placeholder={workflowQueue}
              maxLength={50}
              onChange={(event) => set({ queue: event.currentTarget.value === "" ? null : event.currentTarget.value })}
              error={errors["queue"]}
              w={200}
            />
          </Limit>
        )}
        <Limit label="How much memory a run may take" text={memoryWords(policies.memoryLimit, memory)}>
          <NumberField
            label="Memory"
            suffix={() => " MiB"}
            placeholder={memory === null || memory.limit === "none" ? "no limit" : sizeText(memory.limit)}
            value={memoryOf(policies.memoryLimit)}
            min={64}
            max={1_048_576}
            emptied={memory === null || memory.limit === "none" ? "No limit" : sizeText(memory.limit)}
            onChange={(mib) => set({ memoryLimit: mib === null ? null : `${mib}MiB` })}
            error={errors["memoryLimit"]}
            w={150}
          />
        </Limit>
        <Limit
          label="When it ends or stops"
          text={`${policies.maxRuns === null ? "It runs for ever." : `It ends after ${policies.maxRuns} scheduled runs.`} ${
            policies.pauseOnFailure === null
              ? "Failures never pause it."
              : `It pauses after ${policies.pauseOnFailure} failures in a row.`
          }`}
        >
          <NumberField
            label="Runs in all"
            placeholder="no end"
            value={policies.maxRuns}
            min={1}
            max={Number.MAX_SAFE_INTEGER}
            emptied="No end"
            onChange={(maxRuns) => set({ maxRuns })}
            w={110}
          />
          <NumberField
            label="Pause after failures"
            placeholder="never"
            value={policies.pauseOnFailure}
            min={1}
            max={1000}
            emptied="Never"
            onChange={(pauseOnFailure) => set({ pauseOnFailure })}
            w={140}
          />
        </Limit>
        <Limit
          label="Which of its runs are kept"
          text={
            policies.keepRuns === "all"
              ? "Every run, as long as Settings say."
              : "Its newest hundred, and of older ones those that failed or want a look."
          }
        >
          <Switch
            label="Keep failures only"
            checked={policies.keepRuns === "failures"}
            onChange={(event) => set({ keepRuns: event.currentTarget.checked ? "failures" : "all" })}
            mt={22}
          />
        </Limit>
        <Limit
          label="When the program running it dies"
          text={
            recovers
              ? workflow?.durable === false
                ? `It begins anew by itself, at most ${policies.maxRecoveryAttempts} times; its workflow keeps no steps, so all of it is done again.`
                : `It goes on by itself, at most ${policies.maxRecoveryAttempts} times; steps that are done are not done again.`
              : "It stays interrupted until somebody runs it again."
          }
        >
          <Switch
            label="Go on by itself"
            checked={recovers}
            onChange={(event) => set({ recoverOnWorkerLoss: event.currentTarget.checked })}
            mt={22}
          />
          <NumberField
            label="At most"
            value={policies.maxRecoveryAttempts}
            min={0}
            max={100}
            disabled={!recovers}
            onChange={(maxRecoveryAttempts) => maxRecoveryAttempts !== null && set({ maxRecoveryAttempts })}
            w={90}
          />
        </Limit>
      </div>
    </section>
  );
});

function Choice<V extends string>(props: {
  label: string;
  hint: string;
  values: readonly V[];
  value: V;
  onChange: (value: V) => void;
  text: (value: V) => { label: string; text: string };
  scene: (value: V) => Scene;
  children?: ReactNode;
}) {
  return (
    <div className={classes.panel}>
      <Radio.Group
        label={props.label}
        description={props.hint}
        value={props.value}
        onChange={(value) => props.onChange(value as V)}
      >
        <div className={classes.choices}>
          {props.values.map((value) => {
            const { label, text } = props.text(value);
            return (
              <Radio.Card key={value} value={value} className={classes.choice} aria-label={`${label}: ${text}`}>
                <span className={classes.choiceTitle}>
                  <Radio.Indicator size="xs" />
                  {label}
                </span>
                <SceneDrawing scene={props.scene(value)} label={`Timeline: ${label}`} />
                <span className={classes.text}>{text}</span>
              </Radio.Card>
            );
          })}
        </div>
      </Radio.Group>
      {props.children}
    </div>
  );
}

function Limit(props: { label: string; text: string; scene?: Scene; children: ReactNode }) {
  return (
    <div className={classes.limit}>
      <div className={classes.limitText}>
        <strong>{props.label}</strong>
        <span className={classes.text}>{props.text}</span>
      </div>
      <div className={classes.inputs}>{props.children}</div>
      <div className={classes.limitScene}>
        {props.scene !== undefined && <SceneDrawing scene={props.scene} label={`Timeline: ${props.text}`} />}
      </div>
    </div>
  );
}
