// The least that a page of the same framework does: reads rows, draws a screen of them, filters, scrolls, draws a month.
import { createElement as h, useDeferredValue, useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";

interface Row {
  name: string;
  words: string;
  at: string;
}

const rowHeight = 32;
const screen = 24;

function List() {
  const [rows, setRows] = useState<Row[]>([]);
  const [typed, setTyped] = useState("");
  const [top, setTop] = useState(0);
  useEffect(() => {
    const read = async (): Promise<void> => setRows((await (await fetch("/rows")).json()) as Row[]);
    void read();
  }, []);
  const text = useDeferredValue(typed);
  const found = useMemo(() => rows.filter(({ name }) => name.includes(text)), [rows, text]);
  const first = Math.floor(top / rowHeight);
  return h(
    "div",
    null,
    h("input", { "aria-label": "Search", value: typed, onChange: (event) => setTyped(event.currentTarget.value) }),
    h(
      "div",
      {
        role: "grid",
        "aria-rowcount": found.length,
        style: { height: 640, overflow: "auto", position: "relative" },
        onScroll: (event) => setTop(event.currentTarget.scrollTop),
      },
      h(
        "div",
        { style: { height: found.length * rowHeight, position: "relative" } },
        found.slice(first, first + screen).map((row, index) =>
          h(
            "div",
            {
              key: first + index,
              role: "row",
              style: { position: "absolute", top: (first + index) * rowHeight, height: rowHeight },
            },
            h("a", { href: "#" }, row.name),
            h("span", null, row.words),
            h("span", null, row.at),
          ),
        ),
      ),
    ),
  );
}

interface Day {
  date: string;
  counts: number[];
  lines: string[];
}

function Month() {
  const [days, setDays] = useState<Day[]>([]);
  useEffect(() => {
    const read = async (): Promise<void> => setDays((await (await fetch("/month")).json()) as Day[]);
    void read();
  }, []);
  return h(
    "div",
    {
      "aria-busy": days.length === 0,
      style: { display: "grid", gridTemplateColumns: "repeat(7, 1fr)" },
    },
    days.map(({ date, counts, lines }) =>
      h(
        "div",
        { key: date },
        h(
          "button",
          { type: "button" },
          date,
          counts.map((count, index) => h("span", { key: index }, count)),
        ),
        lines.map((line) => h("a", { key: line, href: "#" }, line)),
      ),
    ),
  );
}

const root = document.querySelector("#root");
if (root !== null) createRoot(root).render(h(location.pathname === "/calendar" ? Month : List));
