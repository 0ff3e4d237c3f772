import fc from "fast-check";
import { expect, test } from "vitest";
import { plannedOnce } from "./parameters.ts";
import { type Connection, connect, type Statement } from "./sqlite.ts";

test("a sign stands before each parameter, and before nothing else", () => {
  expect(plannedOnce("select a from t where b = ? and c = ?2 and d in (@d, :e, $f) order by a limit @most")).toBe(
    "select a from t where b = +? and c = +?2 and d in (+@d, +:e, +$f) order by a limit +@most",
  );
  const without = `select '?', 'it''s @a', "b?", \`c:d\`, [e$f] -- what? @g\n/* and :h? */ from t`;
  expect(plannedOnce(without)).toBe(without);
});

const value = fc.oneof(
  fc.string(),
  fc.constantFrom("12", "-3", "1e3", "0x1f", " 7 ", "", "null"),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(null),
);

test("a value stays what it is, and is compared as it was with columns of each kind", () => {
  const connection = connect(":memory:");
  /** The same statement as it was written. */
  const asWritten = (sql: string) =>
    (Object.getPrototypeOf(connection) as typeof connection).prepare.call<Connection, [string], Statement>(
      connection,
      sql,
    );
  connection.exec("create table t (t text, i integer, r real, b blob, a any) strict");
  const insert = connection.prepare("insert into t values (@t, @i, @r, @b, @a)");
  fc.assert(
    fc.property(value, value, (given, kept) => {
      connection.exec("delete from t");
      for (const column of ["t", "i", "r", "b", "a"]) {
        try {
          insert.run({ t: null, i: null, r: null, b: null, a: null, [column]: kept });
        } catch {
          // No value of that kind of column.
        }
      }
      for (const comparison of [
        ...["t", "i", "r", "b", "a"].flatMap((column) =>
          ["=", "is", "<", ">=", "like"].map((operator) => `${column} ${operator} ?`),
        ),
        "typeof(?) = 'text'",
      ]) {
        const sql = `select rowid from t where ${comparison} order by rowid`;
        expect(connection.prepare(sql).all(given), comparison).toEqual(asWritten(sql).all(given));
      }
      expect(connection.prepare("select ? as it, typeof(?) as kind").get(given, given)).toEqual(
        asWritten("select ? as it, typeof(?) as kind").get(given, given),
      );
    }),
  );
  connection.close();
});
