import fc from "fast-check";
import { expect, test } from "vitest";
import { byPlace, plannedOnce } from "./parameters.ts";
import { type Connection, connect, type Statement } from "./sqlite.ts";

test("a sign stands before each parameter, and before nothing else", () => {
  expect(plannedOnce("select a from t where b = ? and c = ?2 and d in (@d, :e, $f) order by a limit @most")).toBe(
    "select a from t where b = +? and c = +?2 and d in (+@d, +:e, +$f) order by a limit +@most",
  );
  const without = `select '?', 'it''s @a', "b?", \`c:d\`, [e$f] -- what? @g\n/* and :h? */ from t`;
  expect(plannedOnce(without)).toBe(without);
});

test("names become places where all parameters have one, and a name that is read twice keeps it", () => {
  expect(byPlace("select a from t where b = @b and c = '@d' limit @most")).toEqual({
    sql: "select a from t where b = +? and c = '@d' limit +?",
    names: ["b", "most"],
  });
  expect(byPlace("insert into t values (@a, iif(@a = 1, @b, null))")).toEqual({
    sql: "insert into t values (+?, iif(+? = 1, +?, null))",
    names: ["a", "a", "b"],
  });
  for (const kept of [
    "select (at - @from) / 9 from t group by (at - @from) / 9",
    "select ? from t where a = @a",
    "select 1",
  ])
    expect(byPlace(kept)).toBeNull();
});

test("a row is given by its names, and one that is missing is named", () => {
  const connection = connect(":memory:");
  connection.exec("create table t (a integer, b text) strict");
  const insert = connection.prepare("insert into t values (@a, iif(@a = 1, @b, null))");
  insert.run({ b: "x", a: 1, other: [] });
  insert.run({ a: 2, b: "y" });
  const find = connection.prepare("select a, b from t where a >= @least order by a limit @most");
  const least = { least: 1, most: 5 };
  expect(find.all(least)).toEqual([
    { a: 1, b: "x" },
    { a: 2, b: null },
  ]);
  expect([...find.iterate(least)]).toEqual(find.all(least));
  expect(find.pluck().get({ least: 2, most: 1 })).toBe(2);
  expect(find.raw().get(least)).toEqual([1, "x"]);
  for (const row of [{ a: 3 }, { a: 3, b: undefined }])
    expect(() => insert.run(row)).toThrow('Missing named parameter "b"');
  expect(() => insert.run({ a: [], b: "" })).toThrow(TypeError);
  connection.close();
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
