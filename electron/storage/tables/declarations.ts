import type { Connection } from "../sqlite.ts";

/** What is kept with a schedule that code declares. */
export interface StoredDeclaration {
  module: string;
  /** The declaration as it was last applied. */
  applied: Record<string, unknown>;
  changedByUser: boolean;
  /** Fields in which the schedule differs from what the code says. */
  pending: Record<string, unknown> | null;
}

export function createDeclarationStore(sql: Connection) {
  const get = sql.prepare<[string], string | null>("select declaration from schedules where id = ?").pluck();
  const set = sql.prepare<[string, string]>("update schedules set declaration = ? where id = ?");
  return {
    /** Undefined where there is no such schedule, null where no code declared it. */
    get(scheduleId: string): StoredDeclaration | null | undefined {
      const text = get.get(scheduleId);
      return text == null ? text : (JSON.parse(text) as StoredDeclaration);
    },
    set: (scheduleId: string, declaration: StoredDeclaration): void =>
      void set.run(JSON.stringify(declaration), scheduleId),
  };
}
export type DeclarationStore = ReturnType<typeof createDeclarationStore>;
