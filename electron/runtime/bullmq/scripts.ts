import { type Keys, MOST_RECORDED, RECORDED_MS } from "./protocol.ts";
import type { RedisClient } from "./redis/client.ts";

/** What a bare id says: that its outcome is recorded, or that its engine has gone on without one. */
const RECORDED = "1";
const GIVEN_UP = "taken away";

/** Of a queue's events so many are looked through. */
const mostEvents = 1_000;

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
   * It begins with what a full Redis takes, which then takes the rest as well: what is held stays held there.
   * KEYS workers, seen, cancels, lock…; ARGV worker id, record, lock ms, (job id, token)…
   */
  renew: `
    redis.call("HDEL", KEYS[1], "")
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
  /**
   * What was said of jobs, of each from an item on and as much as fits, and its end. What is longer than anything that a
   * worker sends comes as "!", which nobody can read: it is never brought here. Once the answer has grown long enough the
   * jobs that are left come as nothing, and are asked for again.
   * KEYS said, job, of each; ARGV most items, most bytes, longest, of each; most bytes of all; from, of each
   */
  hear: `
    local mostItems, mostBytes, longest, mostOfAll = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
    local answers, sizeOfAll = {}, 0
    for n = 1, #KEYS / 2 do
      local saidKey, jobKey = KEYS[2 * n - 1], KEYS[2 * n]
      if sizeOfAll > mostOfAll then answers[n] = false
      else
        local items, size, at = {}, 0, tonumber(ARGV[4 + n])
        local all = redis.call("LLEN", saidKey)
        while at < all and #items < mostItems do
          local item = redis.call("LRANGE", saidKey, at, at)[1]
          if #item > longest then item = "!" end
          if size + #item > mostBytes then break end
          size = size + #item
          items[#items + 1] = item
          at = at + 1
        end
        local field = redis.call("HMGET", jobKey, "finishedOn", "failedReason")
        local value = false
        if field[1] then
          if redis.call("HSTRLEN", jobKey, "returnvalue") > longest then value = "!"
          else value = redis.call("HGET", jobKey, "returnvalue") end
        end
        if field[2] then field[2] = string.sub(field[2], 1, 1000) end
        sizeOfAll = sizeOfAll + size + (value and #value or 0)
        answers[n] = {items, at < all and 1 or 0, value, field[2], field[1]}
      end
    end
    return answers`,
  /** What has become of jobs. KEYS returned, job…; ARGV job id… */
  inspect: `
    local states = {}
    for n = 2, #KEYS do
      local i = n - 1
      local field = redis.call("HMGET", KEYS[n], "recorded", "finishedOn", "processedOn", "timestamp")
      if redis.call("HEXISTS", KEYS[1], ARGV[i]) == 1 then states[i] = "returned"
      elseif field[1] == "${RECORDED}" then states[i] = "recorded"
      elseif field[1] then states[i] = "taken"
      elseif field[2] then states[i] = "finished"
      elseif redis.call("EXISTS", KEYS[n] .. ":lock") == 1 then states[i] = field[4] and "held" or "lockAlone"
      elseif field[3] then states[i] = "unheld"
      elseif field[4] then states[i] = "waiting"
      else states[i] = "gone" end
    end
    return states`,
  /**
   * Takes a job that nobody holds out of the way, or one that waits (aside as well, as in a queue that an older BullMQ has
   * paused), or waits in no list, where that is asked for: 1 where it was done. Its bare id stays. One whose outcome has come back meanwhile is left.
   * KEYS job, active, wait, paused, returned; ARGV job id, keep ms, "unheld", "waiting" or "unlisted"
   */
  takeAway: `
    local field = redis.call("HMGET", KEYS[1], "recorded", "finishedOn", "processedOn")
    if field[1] or field[2] or redis.call("EXISTS", KEYS[1] .. ":lock") == 1 then return 0 end
    if redis.call("HEXISTS", KEYS[5], ARGV[1]) == 1 then return 0 end
    if ARGV[3] == "waiting" then
      if field[3] then return 0 end
      if redis.call("LREM", KEYS[3], 1, ARGV[1]) == 0 and redis.call("LREM", KEYS[4], 1, ARGV[1]) == 0 then return 0 end
    elseif ARGV[3] == "unlisted" then
      if field[3] or redis.call("LPOS", KEYS[3], ARGV[1]) or redis.call("LPOS", KEYS[4], ARGV[1]) then return 0 end
    else
      if not field[3] then return 0 end
      redis.call("LREM", KEYS[2], 0, ARGV[1])
    end
    redis.call("DEL", KEYS[1])
    redis.call("HSET", KEYS[1], "recorded", "${GIVEN_UP}")
    redis.call("PEXPIRE", KEYS[1], ARGV[2])
    return 1`,
  /**
   * Outcomes are recorded, or hand-overs given up without one: all of each goes but the bare id, which stays for a day or
   * among the last so many. What a worker brings of one that was given up is not recorded yet.
   * KEYS returned, cancels, recorded; job, completed, failed, active, said, result, steps (or said again), of each;
   * ARGV keep ms, most; job id and mark, of each
   */
  recorded: `
    local ids, jobs = {}, {}
    for n = 1, (#ARGV - 2) / 2 do
      local at, id, mark = 3 + 7 * (n - 1), ARGV[1 + 2 * n], ARGV[2 + 2 * n]
      local job = KEYS[at + 1]
      ids[n], jobs[n] = id, job
      redis.call("DEL", job, job .. ":lock", KEYS[at + 5], KEYS[at + 6], KEYS[at + 7])
      redis.call("HSET", job, "recorded", mark)
      if mark == "${RECORDED}" then redis.call("HDEL", KEYS[1], id) end
      redis.call("PEXPIRE", job, ARGV[1])
      if redis.call("ZREM", KEYS[at + 2], id) == 0 and redis.call("ZREM", KEYS[at + 3], id) == 0 then
        redis.call("LREM", KEYS[at + 4], 0, id)
      end
    end
    redis.call("HDEL", KEYS[2], unpack(ids))
    local over = redis.call("RPUSH", KEYS[3], unpack(jobs)) - tonumber(ARGV[2])
    for _ = 1, over do redis.call("DEL", redis.call("LPOP", KEYS[3])) end
    return 1`,
  /** The id of the event with which a queue was paused last, which begins with the time; "" where it is not there any more. */
  pausedSince: `
    for _, entry in ipairs(redis.call("XREVRANGE", KEYS[1], "+", "-", "COUNT", ARGV[1])) do
      for i = 1, #entry[2] - 1, 2 do
        if entry[2][i] == "event" then
          if entry[2][i + 1] == "paused" then return entry[1] end
          if entry[2][i + 1] == "resumed" then return "" end
        end
      end
    end
    return ""`,
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
    /** See `hear`; null for those that did not fit. */
    async hear(
      jobs: readonly { queueName: string; jobId: string; from: number }[],
      most: { items: number; bytes: number; longest: number; bytesOfAll: number },
    ): Promise<(HeardOfJob | null)[]> {
      if (jobs.length === 0) return [];
      const at = jobs.flatMap(({ queueName, jobId }) => [keys.said(jobId), keys.job(queueName, jobId)]);
      const { items, bytes, longest, bytesOfAll } = most;
      const from = jobs.map((job) => job.from);
      const answers = await run.almanacHear(at.length, ...at, items, bytes, longest, bytesOfAll, ...from);
      return (answers as HeardTuple[]).map((answer) => {
        if (answer === null) return null;
        const [said, more, value, failedReason, finishedOn] = answer;
        return { items: said, hasMore: more === 1, value, failedReason, isFinished: finishedOn !== null };
      });
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
      const at = [keys.returned, ...jobs.map(({ queueName, jobId }) => keys.job(queueName, jobId))];
      return (await run.almanacInspect(at.length, ...at, ...jobs.map(({ jobId }) => jobId))) as JobState[];
    },
    /** False where it is held, has finished, or is not there. */
    async takeAway(queueName: string, jobId: string, what: "unheld" | "waiting" | "unlisted"): Promise<boolean> {
      const lists = (["active", "wait", "paused"] as const).map((name) => keys.list(queueName, name));
      const at = [keys.job(queueName, jobId), ...lists, keys.returned];
      return Number(await run.almanacTakeAway(at.length, ...at, jobId, RECORDED_MS, what)) === 1;
    },
    /** ISO, by Redis's clock: since when a queue that is paused is; null where its events do not say it. */
    async pausedSince(queueName: string): Promise<string | null> {
      const id = String(await run.almanacPausedSince(1, keys.events(queueName), mostEvents));
      const at = Number(id.split("-")[0]);
      return id === "" || !Number.isSafeInteger(at) ? null : new Date(at).toISOString();
    },
    /** See `recorded`. `stepsOf`: the run whose steps go, too. */
    async recorded(
      jobs: readonly { queueName: string; jobId: string; stepsOf: string | null; isGivenUp: boolean }[],
    ): Promise<void> {
      if (jobs.length === 0) return;
      const at = [
        keys.returned,
        keys.cancels,
        keys.recorded,
        ...jobs.flatMap(({ queueName, jobId, stepsOf }) => [
          keys.job(queueName, jobId),
          keys.list(queueName, "completed"),
          keys.list(queueName, "failed"),
          keys.list(queueName, "active"),
          keys.said(jobId),
          keys.result(jobId),
          stepsOf === null ? keys.said(jobId) : keys.steps(stepsOf),
        ]),
      ];
      const marks = jobs.flatMap(({ jobId, isGivenUp }) => [jobId, isGivenUp ? GIVEN_UP : RECORDED]);
      await run.almanacRecorded(at.length, ...at, RECORDED_MS, MOST_RECORDED, ...marks);
    },
  };
}
export type Scripts = ReturnType<typeof createScripts>;

type HeardTuple = [string[], number, string | null, string | null, string | null] | null;

/** What Redis has of a job, unread. */
export interface HeardOfJob {
  items: string[];
  /** There is more than was asked for. */
  hasMore: boolean;
  value: string | null;
  failedReason: string | null;
  isFinished: boolean;
}

/**
 * `recorded`, `taken`: its bare id is all that is left. `unheld`: its worker has not renewed it. `lockAlone`: it is gone, and
 * its worker renews it or did so lately. `returned`: its outcome lies there without it.
 */
export type JobState =
  | "waiting"
  | "held"
  | "unheld"
  | "lockAlone"
  | "finished"
  | "recorded"
  | "taken"
  | "returned"
  | "gone";
