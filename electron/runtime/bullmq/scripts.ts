import type { RedisClient } from "./address.ts";
import { type Keys, MOST_RECORDED, RECORDED_MS } from "./protocol.ts";

// Each is one step that nothing comes between. All keys of a folder are in one slot.
const lua = {
  /**
   * A worker says something of a job that it holds: refused (-1) where its lock is gone. Of a finished step the first
   * record stays, whichever hand-over wrote it.
   * KEYS job's lock, said, steps; ARGV token, channel, bell, ttl, number of steps, (key, record)…, said…
   */
  say: `
    if redis.call("GET", KEYS[1]) ~= ARGV[1] then return -1 end
    local steps = tonumber(ARGV[5])
    for i = 0, steps - 1 do redis.call("HSETNX", KEYS[3], ARGV[6 + 2 * i], ARGV[7 + 2 * i]) end
    if steps > 0 then redis.call("PEXPIRE", KEYS[3], ARGV[4]) end
    local length = 0
    for i = 6 + 2 * steps, #ARGV do length = redis.call("RPUSH", KEYS[2], ARGV[i]) end
    redis.call("PEXPIRE", KEYS[2], ARGV[4])
    redis.call("PUBLISH", ARGV[2], ARGV[3])
    return length`,
  /**
   * A worker is there, and renews what it holds. Answers which locks it has no more, and what is to be cancelled.
   * KEYS workers, seen, cancels, lock…; ARGV worker id, record, lock ms, (job id, token)…
   */
  renew: `
    local time = redis.call("TIME")
    redis.call("HSET", KEYS[1], ARGV[1], ARGV[2])
    redis.call("HSET", KEYS[2], ARGV[1], time[1] * 1000 + math.floor(time[2] / 1000))
    local lost, cancels = {}, {}
    for i = 4, #KEYS do
      local id = ARGV[4 + 2 * (i - 4)]
      if redis.call("GET", KEYS[i]) == ARGV[5 + 2 * (i - 4)] then redis.call("PEXPIRE", KEYS[i], ARGV[3])
      else lost[#lost + 1] = id end
      local grace = redis.call("HGET", KEYS[3], id)
      if grace then cancels[#cancels + 1] = id; cancels[#cancels + 1] = grace end
    end
    return {lost, cancels}`,
  /** What has become of jobs. KEYS job…; ARGV nothing. */
  inspect: `
    local states = {}
    for i = 1, #KEYS do
      local field = redis.call("HMGET", KEYS[i], "recorded", "finishedOn", "processedOn", "timestamp")
      if field[1] then states[i] = "recorded"
      elseif field[2] then states[i] = "finished"
      elseif redis.call("EXISTS", KEYS[i] .. ":lock") == 1 then states[i] = "held"
      elseif field[3] then states[i] = "unheld"
      elseif field[4] then states[i] = "waiting"
      else states[i] = "gone" end
    end
    return states`,
  /**
   * Takes a job that nobody holds out of the way, or one that waits where that is asked for: 1 where it was done.
   * Its bare id stays. KEYS job, active, wait; ARGV job id, keep ms, "waiting" or "unheld"
   */
  takeAway: `
    local field = redis.call("HMGET", KEYS[1], "recorded", "finishedOn", "processedOn")
    if field[1] or field[2] or redis.call("EXISTS", KEYS[1] .. ":lock") == 1 then return 0 end
    if ARGV[3] == "waiting" then
      if field[3] or redis.call("LREM", KEYS[3], 1, ARGV[1]) == 0 then return 0 end
    else
      if not field[3] then return 0 end
      redis.call("LREM", KEYS[2], 0, ARGV[1])
    end
    redis.call("DEL", KEYS[1])
    redis.call("HSET", KEYS[1], "recorded", "taken away")
    redis.call("PEXPIRE", KEYS[1], ARGV[2])
    return 1`,
  /**
   * An outcome is recorded: all of it goes but the bare id, which stays for a day or among the last so many.
   * KEYS job, completed, failed, said, result, returned, cancels, recorded, active; ARGV job id, keep ms, most, steps key or ""
   */
  recorded: `
    redis.call("DEL", KEYS[1], KEYS[4], KEYS[5])
    redis.call("HSET", KEYS[1], "recorded", "1")
    redis.call("PEXPIRE", KEYS[1], ARGV[2])
    redis.call("ZREM", KEYS[2], ARGV[1])
    redis.call("ZREM", KEYS[3], ARGV[1])
    redis.call("HDEL", KEYS[6], ARGV[1])
    redis.call("HDEL", KEYS[7], ARGV[1])
    redis.call("LREM", KEYS[9], 0, ARGV[1])
    if ARGV[4] ~= "" then redis.call("DEL", ARGV[4]) end
    redis.call("RPUSH", KEYS[8], KEYS[1])
    while redis.call("LLEN", KEYS[8]) > tonumber(ARGV[3]) do redis.call("DEL", redis.call("LPOP", KEYS[8])) end
    return 1`,
} as const;

type Named<T> = Record<`almanac${Capitalize<string & keyof T>}`, (...args: (string | number)[]) => Promise<unknown>>;
const nameOf = (name: keyof typeof lua): string => `almanac${name[0]?.toUpperCase()}${name.slice(1)}`;

/** The scripts over a connection. */
export function createScripts(client: RedisClient, keys: Keys) {
  for (const [name, text] of Object.entries(lua)) client.defineCommand(nameOf(name as keyof typeof lua), { lua: text });
  const run = client as unknown as Named<typeof lua>;
  return {
    /** False where the lock is gone. */
    async say(
      hold: { jobId: string; queueName: string; token: string; runId: string },
      steps: readonly [string, string][],
      items: readonly string[],
      keptMs: number,
    ): Promise<boolean> {
      const { jobId, queueName, token, runId } = hold;
      const at = [`${keys.job(queueName, jobId)}:lock`, keys.said(jobId), keys.steps(runId)];
      const bell = `S ${queueName} ${jobId}`;
      const rest = [token, keys.engineBell, bell, keptMs, steps.length, ...steps.flat(), ...items];
      return Number(await run.almanacSay(at.length, ...at, ...rest)) >= 0;
    },
    async renew(
      workerId: string,
      record: string,
      lockMs: number,
      held: readonly { jobId: string; queueName: string; token: string }[],
    ): Promise<{ lost: string[]; cancels: Map<string, number> }> {
      const locks = held.map(({ queueName, jobId }) => `${keys.job(queueName, jobId)}:lock`);
      const at = [keys.workers, keys.seen, keys.cancels, ...locks];
      const pairs = held.flatMap(({ jobId, token }) => [jobId, token]);
      const answer = (await run.almanacRenew(at.length, ...at, workerId, record, lockMs, ...pairs)) as string[][];
      const [lost = [], flat = []] = answer;
      const cancels = new Map<string, number>();
      for (let i = 0; i < flat.length; i += 2) cancels.set(flat[i] ?? "", Number(flat[i + 1]) || 0);
      return { lost, cancels };
    },
    async inspect(jobs: readonly { queueName: string; jobId: string }[]): Promise<JobState[]> {
      if (jobs.length === 0) return [];
      const at = jobs.map(({ queueName, jobId }) => keys.job(queueName, jobId));
      return (await run.almanacInspect(at.length, ...at)) as JobState[];
    },
    /** False where it is held, has finished, or is not there. */
    async takeAway(queueName: string, jobId: string, what: "waiting" | "unheld"): Promise<boolean> {
      const at = [keys.job(queueName, jobId), keys.list(queueName, "active"), keys.list(queueName, "wait")];
      return Number(await run.almanacTakeAway(at.length, ...at, jobId, RECORDED_MS, what)) === 1;
    },
    async recorded(queueName: string, jobId: string, runIdOfSteps: string | null): Promise<void> {
      const at = [
        keys.job(queueName, jobId),
        keys.list(queueName, "completed"),
        keys.list(queueName, "failed"),
        keys.said(jobId),
        keys.result(jobId),
        keys.returned,
        keys.cancels,
        keys.recorded,
        keys.list(queueName, "active"),
      ];
      const steps = runIdOfSteps === null ? "" : keys.steps(runIdOfSteps);
      await run.almanacRecorded(at.length, ...at, jobId, RECORDED_MS, MOST_RECORDED, steps);
    },
  };
}
export type Scripts = ReturnType<typeof createScripts>;

/** `recorded`: its bare id is all that is left. `unheld`: its worker has not renewed it. */
export type JobState = "waiting" | "held" | "unheld" | "finished" | "recorded" | "gone";
