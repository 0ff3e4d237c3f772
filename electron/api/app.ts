import { randomBytes } from "node:crypto";
import { statfsSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import type { RuntimeKind } from "../../shared/api/runtime.ts";
import type { DoctorReport, SystemStatus } from "../../shared/api/system.ts";
import { AppError, invalidField } from "../../shared/domain/errors.ts";
import type { WorkflowLoadError } from "../../shared/domain/workflow.ts";
import { systemClock } from "../engine/clock.ts";
import type { Engine } from "../engine/contract.ts";
import { createEngine } from "../engine/engine.ts";
import { heldError } from "../engine/errors.ts";
import { createNotifications } from "../notifications/notifications.ts";
import { sharedKeyOf } from "../runtime/bullmq/sharedKey.ts";
import { createLocalRuntime } from "../runtime/local/localRuntime.ts";
import { nodeRunners } from "../runtime/local/processes/nodeRunners.ts";
import type { RunnerSpawner } from "../runtime/local/processes/runnerProcess.ts";
import { escapeLimit } from "../runtime/local/tree/subreaper.ts";
import { type Database, openDatabase } from "../storage/opening/database.ts";
import { readHealth } from "../storage/opening/health.ts";
import { damagedLogs, logDamageText } from "../storage/opening/logDamage.ts";
import { chooseBackup } from "../storage/opening/restore.ts";
import { createReads } from "../storage/reads/reads.ts";
import { readSizes } from "../storage/reads/sizes.ts";
import { createAccessStore } from "../storage/tables/access.ts";
import { createActivityStore } from "../storage/tables/activity.ts";
import { createCalendarSourceStore } from "../storage/tables/calendarSources.ts";
import { createDeclarationStore } from "../storage/tables/declarations.ts";
import { createHookStore } from "../storage/tables/hooks.ts";
import { createImportOriginStore } from "../storage/tables/importOrigins.ts";
import { createRunMeasureStore } from "../storage/tables/runMeasures.ts";
import { createRunStore } from "../storage/tables/runs/runs.ts";
import { createSettingStore } from "../storage/tables/settings.ts";
import { type Backup, backupDir } from "../storage/upkeep/backups.ts";
import { countRuns } from "../telemetry/runMeasures.ts";
import { isTracing } from "../telemetry/traceIds.ts";
import { createCatalogue } from "../workflows/loading/catalogue.ts";
import { createOwnWorkflows } from "../workflows/loading/ownWorkflows.ts";
import { createAccess } from "./access/access.ts";
import { createAgentCalls } from "./access/agentCalls.ts";
import { createHooks } from "./access/hooks.ts";
import { createServed } from "./access/served.ts";
import type { AlmanacApp, Logger, Updates } from "./context.ts";
import { activateDeclared } from "./declarations.ts";
import { collectDiagnostics } from "./diagnostics/collect.ts";
import { shownSettings } from "./diagnostics/facts.ts";
import { createExchange } from "./exchange/exchange.ts";
import { createFollowedCalendars } from "./exchange/followedCalendars.ts";
import { createReader, type ReaderLimits } from "./exchange/reading/reader.ts";
import { forkReader, type ReaderSpawner } from "./exchange/reading/readerSpawner.ts";
import { createWatchedReading } from "./exchange/watchedReading.ts";
import { createListening, type Listener } from "./listening.ts";
import { createPlanner } from "./queries/planner.ts";
import { backupView, planRestore, restore } from "./restore.ts";
import { createRuntimes, ownersStartSchema, type Runtimes, runtimeSetting } from "./runtimes.ts";
import { createFileSecretStore, type SecretCipher } from "./secrets.ts";

export type { AlmanacApp } from "./context.ts";

/** Setting: folders and files of workflows. */
const pathsSetting = "workflowPaths";
/** What is kept among the settings of how the process that fires was started, for all others to see. */
const ownersStartSetting = "ownersStart";
/** What is kept among the settings of the files that have offered workflows. */
const offeredSetting = "offeredWorkflows";
const offeredSchema = z.record(z.string(), z.array(z.string()));
const defaultGraceMs = 5000;
/** Messages on their way are waited for so long when the program ends; later they are sent again. */
const sendingGraceMs = 3000;
const timeUp = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms).unref());
/** A write-ahead log may grow by about so much before it is checkpointed. */
const LOW_DISK_BYTES = 8 * 1024 * 1024;
/** After so long an edit is in a copy of the database, where all is well. */
const lateCopyMs = 30 * 60_000;

export interface AlmanacAppOptions {
  dataDir: string;
  /** What others are told fires here: `desktop`, `server`, `scheduler`, `cli`. */
  programName: string;
  /** What executes runs, whatever the settings say; the address of Redis that is kept, where none is given. */
  runtime?: { runtime: RuntimeKind; redis?: string };
  /** Whether steps are kept of workflows whose code does not say; true where left out. */
  defaultDurable?: boolean;
  /** How runner processes are started; `fork` where left out. */
  spawnRunner?: RunnerSpawner;
  /** How the processes that read imports are started; `fork` where left out. */
  spawnReader?: ReaderSpawner;
  /** What such a process may take. */
  readerLimits?: ReaderLimits;
  nativeBinding?: string;
  /** Ends this program and starts it anew; `closed` is called between, when it has nothing of the data folder open. */
  restart?: (closed: () => void) => void;
  pollIntervalMs?: number;
  /** Files and folders of workflows beside those in the settings. */
  modulePaths?: readonly string[];
  logger?: Logger;
  /** `client` only reads and edits, and starts no process; `engine` fires once `start` is called. */
  role?: "engine" | "client";
  /** Whether a database is made where there is none; left out: where this is an engine. */
  createDatabase?: boolean;
  /** Whether files of workflows are looked at before this resolves; without it only built-in ones are known. */
  loadWorkflows?: boolean;
  desktop?: boolean;
  /** What looks for updates of this program, which keeps its settings in the engine. */
  updates?: (engine: Engine) => Updates;
  /** Answers programs at a port of this machine, where the settings name one; only where this is given. */
  listen?: (app: AlmanacApp, port: number) => Promise<Listener>;
  /** The system's own encryption of secrets, where this program has it. */
  secretCipher?: SecretCipher;
}

/** A folder's own name among those that share a Redis: made once, and a copy of the folder has it too. */
function folderIdOf(database: Database): string {
  const settings = createSettingStore(database.sql);
  const known = settings.all()["folderId"];
  if (typeof known === "string") return known;
  const made = randomBytes(8).toString("hex");
  settings.set("folderId", made);
  return made;
}

/** Says so where the disk under a folder has no room for what is written next; null where it has. */
function lowDisk(dataDir: string): string | null {
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  if (free >= LOW_DISK_BYTES) return null;
  return `the disk of ${dataDir} is almost full: ${(free / 1_048_576).toFixed(1)} MiB are left; free some space`;
}

/**
 * Opens a data folder and assembles everything over it. Throws AppError where its database cannot be used.
 * Nothing fires before `start`.
 */
export async function createAlmanacApp(options: AlmanacAppOptions): Promise<AlmanacApp> {
  const { programName, role = "engine", logger = console, desktop = false } = options;
  const modulePaths = [...(options.modulePaths ?? [])];
  const dataDir = resolve(options.dataDir);
  const create = options.createDatabase ?? role === "engine";
  const database = openDatabase({ dataDir, nativeBinding: options.nativeBinding, create });
  if (database.logDamage !== null) logger.error(logDamageText(database.logDamage));
  const reads = createReads(database.sql, () => Date.now());
  const breathe = (): Promise<void> => new Promise((done) => setImmediate(done));
  const secrets = createFileSecretStore({
    path: join(dataDir, "secrets.json"),
    ...(options.secretCipher === undefined ? {} : { system: options.secretCipher }),
  });
  const spawnRunner = options.spawnRunner ?? nodeRunners();
  const catalogue = createCatalogue({
    paths: [],
    spawnRunner,
    defaultDurable: options.defaultDurable ?? true,
    watchFiles: role === "engine",
    offered: () => offeredSchema.catch({}).parse(engine.getSettings()[offeredSetting]),
    onOffered: (offered) => {
      if (role === "engine") engine.setSetting(offeredSetting, offered);
    },
  });
  const own = createOwnWorkflows(() => catalogue.list());
  /** What engine and workers know of each other about this folder. */
  const ofFolder = () => ({ folderId: folderIdOf(database), folderName: `${hostname()}:${dataDir}` });
  const saidStart = () =>
    ownersStartSchema
      .nullable()
      .catch(null)
      .parse(createSettingStore(database.sql).all()[ownersStartSetting] ?? null);
  /** BullMQ is a fourth of all files that a start would load, and most folders have no Redis. */
  let bullmq: typeof import("../runtime/bullmq/bullmqRuntime.ts") | null = null;
  const chooseRuntime = () =>
    createRuntimes({
      local: () =>
        createLocalRuntime({
          spawnRunner,
          isBuiltin: (workflowName) => catalogue.get(workflowName)?.source.kind === "builtin",
          secret: (name) => secrets.get(name),
          modules: () => catalogue.modules(),
          refreshModule: (workflowName, path) => catalogue.refresh(workflowName, path),
        }),
      async loadOverRedis() {
        bullmq ??= await import("../runtime/bullmq/bullmqRuntime.ts");
      },
      overRedis(redis) {
        if (bullmq === null) throw new Error("the runtime over Redis is not loaded");
        return bullmq.createBullmqRuntime({
          ...ofFolder(),
          ...redis,
          version: packageJson.version,
          versionOf: (workflowName) => own.get(workflowName)?.version,
          workflows: own.all,
          secret: (name) => secrets.get(name),
          logger,
        });
      },
      readWorkers: async (redis) =>
        (await import("../runtime/bullmq/readWorkers.ts")).readWorkers({ ...ofFolder(), ...redis }),
      resumeQueues: async (redis, wanted) =>
        (await import("../runtime/bullmq/resumeQueues.ts")).resumeQueues({ ...ofFolder(), ...redis }, wanted),
      sentRuns: () => createRunStore(database.sql).sentCounts(),
      givenKey: sharedKeyOf(process.env),
      role,
      own: secrets.own,
      setting: () => createSettingStore(database.sql).all()[runtimeSetting],
      setSetting: (kind) => engine.setSetting(runtimeSetting, kind),
      startedWith: options.runtime ?? null,
      ownersStart() {
        const { role: own, owner } = engine.status();
        if (own === "owner" || owner === null) return null;
        return saidStart();
      },
      logger,
    });
  let runtimes: Runtimes;
  try {
    runtimes = await chooseRuntime();
  } catch (error) {
    await catalogue.close();
    database.close();
    throw error;
  }
  const engine = createEngine({
    database,
    clock: systemClock,
    runtime: runtimes.runtime,
    catalogue,
    programName,
    logger,
    ...(options.pollIntervalMs === undefined ? {} : { pollIntervalMs: options.pollIntervalMs }),
  });
  const notifications = createNotifications({
    sql: database.sql,
    engine,
    clock: systemClock,
    secrets: secrets.own,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    report: (error) => logger.error("notifications:", error),
  });
  const reader = createReader(options.spawnReader ?? forkReader, options.readerLimits);
  const planner = createPlanner({ reads, now: () => Date.now(), breathe });
  const declarations = createDeclarationStore(database.sql);
  const calendarSources = createCalendarSourceStore(database.sql);

  const exchange = createExchange({
    engine,
    reads,
    planner,
    origins: createImportOriginStore(database.sql),
    lines: createActivityStore(database.sql),
    transaction: (work) => database.transaction(work),
    now: () => Date.now(),
    reader,
    notifications,
  });
  const followedCalendars = createFollowedCalendars({
    engine,
    sources: calendarSources,
    read: exchange.importICal,
    now: () => Date.now(),
    logger,
  });

  const savedPaths = (): string[] => {
    const saved = engine.getSettings()[pathsSetting];
    return Array.isArray(saved) ? saved.filter((path) => typeof path === "string") : [];
  };
  const workflowPaths = (): string[] => [...new Set([...savedPaths(), ...modulePaths.map((path) => resolve(path))])];
  let loadedPaths: string[] = [];
  const loadPaths = async (): Promise<void> => {
    const paths = workflowPaths();
    if (paths.join("\0") === loadedPaths.join("\0")) return;
    loadedPaths = paths;
    await catalogue.setPaths(paths);
  };
  if (options.loadWorkflows !== false) await loadPaths();

  let refusedDeclarations: WorkflowLoadError[] = [];
  const activate = (): void => {
    refusedDeclarations = activateDeclared({ engine, catalogue, declarations, logger });
  };
  const stopping: (() => void)[] = [];
  let stopSending: (() => Promise<void>) | undefined;
  let stopTracing: (() => Promise<void>) | undefined;
  let started = false;
  let closed: Promise<void> | undefined;

  /** Whoever fires says once what it was started with: what others show of runs is asked where these are. */
  let startSaid = false;
  const sayStart = (): void => {
    if (engine.status().role !== "owner") startSaid = false;
    else if (!startSaid) startSaid = isDeepStrictEqual(saidStart(), runtimes.started) || writeStart();
  };
  const writeStart = (): boolean => {
    try {
      engine.write("settings", () =>
        createSettingStore(database.sql).set(ownersStartSetting, runtimes.started ?? undefined),
      );
      return true;
    } catch (error) {
      logger.error("what this process was started with could not be written:", error);
      return false;
    }
  };

  const status = (): SystemStatus => {
    const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
    return { ...engine.status(), version: packageJson.version, zone: timeZone, locale, desktop };
  };

  async function doctor({ thorough = false } = {}): Promise<DoctorReport> {
    const { role: ownRole, owner, runtime, problem, waiting } = engine.status();
    // A standby's own executes nothing.
    const state = ownRole === "owner" ? runtime : null;
    const choice = runtimes.choice();
    const view = choice.runtime === "bullmq" ? await runtimes.workers() : null;
    const { database: health, countersOff, sqliteVersion } = readHealth(database, thorough);
    const problems: string[] = [];
    if (health.integrity.join() !== "ok") problems.push(`the database is damaged: ${health.integrity[0]}`);
    if (health.foreignKeyViolations > 0)
      problems.push(`${health.foreignKeyViolations} rows refer to rows that are gone`);
    if (countersOff.length > 0)
      problems.push(`the counters of ${countersOff.length} schedules are off: doctor --recount`);
    const full = lowDisk(dataDir);
    if (full !== null) problems.push(full);
    if (problem !== null) problems.push(problem.message);
    else if (thorough && database.isHeld()) {
      const holder = owner === null ? null : { ...owner, heartbeatAt: Date.parse(owner.heartbeatAt) };
      problems.push(heldError(dataDir, holder, Date.now()).message);
    }
    const backups = await database.backups();
    const uncopied = uncopiedSince(backups);
    problems.push(...damagedLogs(dataDir).map(logDamageText));
    if (owner !== null && uncopied !== null) problems.push(uncopied);
    if (waiting !== null) {
      problems.push(
        `${waiting.count === 1 ? "a run has" : `${waiting.count} runs have`} waited for room since ${waiting.since}: raise Runs at once (${waiting.runsAtOnce}) with settings set runsAtOnce NUMBER`,
      );
    }
    const hindrance = choice.problem ?? view?.problem ?? null;
    if (hindrance !== null) problems.push(hindrance);
    const online = view?.workers.filter((worker) => worker.state === "online").length ?? 0;
    // Of a process that fires nothing: what it was told by Redis itself.
    const elsewhere = `bullmq over ${choice.redis ?? "no Redis"}: ${hindrance ?? `${online} ${online === 1 ? "worker" : "workers"} there`}`;
    const asked = choice.runtime === "local" ? "local (in the process that fires)" : elsewhere;
    const runtimeWords = state === null ? asked : `${state.kind}: ${state.message ?? state.state}`;
    const escapes = await escapeLimit();
    return {
      dataDir,
      database: health,
      owner,
      limits: escapes === null ? [] : [escapes],
      runtime: runtimeWords,
      runs: { running: engine.status().running, runsAtOnce: Number(engine.getSettings()["runsAtOnce"]) },
      versions: {
        almanac: packageJson.version,
        node: process.versions.node,
        sqlite: sqliteVersion,
        ...(process.versions["electron"] === undefined ? {} : { electron: process.versions["electron"] }),
      },
      backups: backups.map((backup) => backupView(backup, backup.holds)),
      countersOff,
      problems,
    };
  }

  const diagnostics = () =>
    collectDiagnostics({
      dataDir,
      secrets: secrets.values(),
      facts: {
        "status.json": status,
        "doctor.json": doctor,
        "settings.json": () => shownSettings(engine.getSettings()),
        "counts.json": () => readSizes(database.sql),
      },
      env: process.env,
      now: Date.now(),
    });

  /** Says so where schedules were edited longer ago than a copy is ever late; null where all edits are in one. */
  function uncopiedSince(backups: readonly Backup[]): string | null {
    const holds = backups.find((backup) => backup.holds !== null)?.holds ?? null;
    const edits = createActivityStore(database.sql).editsAfter(holds?.lastActivity.id ?? 0);
    if (edits === null || Date.now() - edits.firstAt < lateCopyMs) return null;
    return `schedules were edited since ${new Date(edits.firstAt).toISOString()} and no backup in ${backupDir(dataDir)} holds it`;
  }

  function restoreBackup(name: string): void {
    const connecting = { nativeBinding: options.nativeBinding };
    chooseBackup(dataDir, name, connecting);
    const { restart } = options;
    if (restart === undefined) {
      throw new AppError(
        "CONFLICT",
        `This Almanac has the database open. End it, then run: almanac doctor --restore ${name} --data-dir ${dataDir}`,
      );
    }
    // Whoever asked is answered first.
    setImmediate(() => restart(() => void restore(dataDir, name, connecting)));
  }

  async function setWorkflowPaths(paths: readonly string[]): Promise<void> {
    paths.forEach((path, i) => {
      if (statSync(path, { throwIfNoEntry: false }) === undefined) {
        throw invalidField(`paths[${i}]`, path, "a file or folder that exists is expected");
      }
    });
    engine.setSetting(pathsSetting, [...new Set(paths.map((path) => resolve(path)))]);
    await loadPaths();
  }

  const hooks = createHooks({
    store: createHookStore(database.sql),
    engine,
    isWorkflow: (name) => catalogue.get(name) !== undefined,
    now: () => Date.now(),
    warn: (message) => logger.warn(message),
  });
  const counting = countRuns({
    engine,
    store: createRunMeasureStore(database.sql),
    transaction: (work) => database.transaction(work),
    warn: (message) => logger.warn(message),
  });
  const agentCalls = createAgentCalls({
    store: createActivityStore(database.sql),
    write: (work) => engine.write("access", work),
    now: () => Date.now(),
    warn: (message) => logger.warn(message),
  });
  const { listen } = options;
  const listening =
    listen === undefined
      ? null
      : createListening({
          engine,
          open: (port) => listen(app, port),
          changed: () => engine.write("access", () => {}),
          logger,
        });

  const app: AlmanacApp = {
    dataDir,
    engine,
    catalogue,
    reads,
    planner,
    exchange,
    calendarSources,
    followedCalendars,
    calendarReading: createWatchedReading(),
    secrets,
    runtimes,
    notifications,
    access: createAccess({
      store: createAccessStore(database.sql),
      write: (work) => engine.write("access", work),
      now: () => Date.now(),
      warn: (message) => logger.warn(message),
    }),
    hooks,
    served: createServed(),
    agentCalls,
    listening,
    updates: options.updates?.(engine) ?? null,
    logger,
    breathe,
    writeMeasures: counting.flush,
    status,
    doctor,
    diagnostics,
    planRestore: (name) => planRestore(dataDir, name, { nativeBinding: options.nativeBinding }),
    restoreBackup,
    backups: async () => (await database.backups()).map((backup) => backupView(backup, backup.holds)),
    workflowPaths,
    setWorkflowPaths,
    workflowErrors: () => [...catalogue.errors(), ...refusedDeclarations],
    async addModules(paths) {
      modulePaths.push(...paths);
      await loadPaths();
    },
    async start() {
      if (started) return;
      started = true;
      await engine.start();
      sayStart();
      activate();
      await listening?.start();
      stopSending = notifications.start();
      if (isTracing(process.env)) {
        const { traceRuns } = await import("../telemetry/traces.ts");
        stopTracing = traceRuns({
          engine,
          reads,
          version: packageJson.version,
          report: (error) => logger.warn("spans could not be sent:", error),
        });
      }
      stopping.push(
        catalogue.onChange(activate),
        followedCalendars.start(() => engine.status().role === "owner"),
        engine.onChange((events) => {
          // Who fires may be another one now.
          if (events.some(({ topic }) => topic === "system")) sayStart();
          if (!events.some(({ topic }) => topic === "settings")) return;
          loadPaths().catch((error: unknown) => logger.error("workflows could not be loaded:", error));
          void runtimes.follow();
        }),
      );
    },
    close(graceMs = defaultGraceMs, how) {
      closed ??= (async () => {
        for (const stop of stopping) stop();
        reader.close();
        await listening?.close();
        hooks.close();
        agentCalls.flush();
        await Promise.race([stopSending?.(), timeUp(sendingGraceMs)]);
        await engine.stop(graceMs, how);
        await stopTracing?.();
        counting.close();
        await catalogue.close();
        database.close();
      })();
      return closed;
    },
  };
  return app;
}
