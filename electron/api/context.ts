import type { Diagnostics } from "../../shared/api/diagnostics.ts";
import type { BackupView, DoctorReport, RestorePlan, SecretInfo, SystemStatus } from "../../shared/api/system.ts";
import type { UpdateStatus } from "../../shared/api/updates.ts";
import type { WorkflowLoadError } from "../../shared/domain/workflow.ts";
import type { Actor, Engine } from "../engine/contract.ts";
import type { Notifications } from "../notifications/notifications.ts";
import type { WorkflowCatalogue } from "../runtime/runtime.ts";
import type { ReadModel } from "../storage/reads/readModel.ts";
import type { CalendarSourceStore } from "../storage/tables/calendarSources.ts";
import type { Access } from "./access/access.ts";
import type { AgentCalls } from "./access/agentCalls.ts";
import type { Caller } from "./access/caller.ts";
import type { Hooks } from "./access/hooks.ts";
import type { Served } from "./access/served.ts";
import type { Exchange } from "./exchange/exchange.ts";
import type { FollowedCalendars } from "./exchange/followedCalendars.ts";
import type { WatchedReading } from "./exchange/watchedReading.ts";
import type { Listening } from "./listening.ts";
import type { Planner } from "./queries/planner.ts";
import type { Runtimes } from "./runtimes.ts";

/** Keeps secrets; values are read by the runtime alone. */
export interface SecretStore {
  list(): Promise<SecretInfo[]> | SecretInfo[];
  set(name: string, value: string): Promise<void> | void;
  delete(name: string): Promise<void> | void;
}

/** Where faults of the program itself are written. */
export type Logger = Pick<Console, "info" | "warn" | "error">;

/** Updates of the desktop program; each throws CONFLICT where it is not its turn. */
export interface Updates {
  status(): UpdateStatus;
  /** Asks the feed; a fault is told by the status. */
  check(): Promise<UpdateStatus>;
  /** Begins; the status tells how far it is. */
  download(): UpdateStatus;
  /** Ends the program, asking where runs go on, and starts the new one. */
  install(): void;
}

/** One opened data folder with everything that answers questions about it. */
export interface AlmanacApp {
  readonly dataDir: string;
  readonly engine: Engine;
  readonly catalogue: WorkflowCatalogue;
  readonly reads: ReadModel;
  readonly planner: Planner;
  readonly exchange: Exchange;
  readonly calendarSources: Pick<CalendarSourceStore, "all">;
  readonly followedCalendars: FollowedCalendars;
  readonly calendarReading: WatchedReading;
  readonly secrets: SecretStore;
  readonly runtimes: Runtimes;
  readonly notifications: Notifications;
  readonly access: Access;
  readonly hooks: Hooks;
  readonly served: Served;
  readonly agentCalls: AgentCalls;
  /** Null but in the desktop program. */
  readonly listening: Listening | null;
  /** Null but in the desktop program. */
  readonly updates: Updates | null;
  readonly logger: Logger;
  /** Lets other work have its turn inside a long computation. */
  breathe(): Promise<void>;
  /** Writes what was counted of runs and is not written yet. */
  writeMeasures(): void;
  status(): SystemStatus;
  doctor(options?: { thorough?: boolean }): Promise<DoctorReport>;
  /** What helps whoever looks into a fault; nothing is sent anywhere. */
  diagnostics(): Promise<Diagnostics>;
  /** What going back to a copy, by its file's name, would lose. */
  planRestore(name: string): RestorePlan;
  /** Goes back to a copy by starting the program anew; throws CONFLICT where it cannot do that by itself. */
  restoreBackup(name: string): void;
  /** Copies of the database, newest first. */
  backups(): Promise<BackupView[]>;
  workflowPaths(): string[];
  setWorkflowPaths(paths: readonly string[]): Promise<void>;
  /** Files of workflows that did not load, and declared schedules that could not be made. */
  workflowErrors(): WorkflowLoadError[];
  /** Further files and folders of workflows for as long as this process runs; resolves when they are known. */
  addModules(paths: readonly string[]): Promise<void>;
  /** Takes the lease where it is free, and fires from then on. */
  start(): Promise<void>;
  /** Ends runs after `graceMs`, gives the lease back and closes the database. */
  close(graceMs?: number, how?: Parameters<Engine["stop"]>[1]): Promise<void>;
}

/** What every call is handed. */
export interface ApiContext {
  app: AlmanacApp;
  actor: Actor;
  caller: Caller;
}
