import ICAL from "ical.js";

/** One value of a property, as jCal writes it. */
export interface Property {
  name: string;
  parameters: Readonly<Record<string, string | string[]>>;
  type: string;
  values: readonly unknown[];
}

/** A component of an iCalendar file, with its properties and components in lower case. */
export interface Component {
  name: string;
  properties: readonly Property[];
  components: readonly Component[];
  all(name: string): readonly Property[];
  first(name: string): Property | undefined;
  /** The first value of a property, where that is text. */
  text(name: string): string | null;
}

type JCal = [string, [string, Record<string, string | string[]>, string, ...unknown[]][], JCal[]];

function componentOf([name, properties, components]: JCal): Component {
  const own = properties.map(([property, parameters, type, ...values]) => ({
    name: property,
    parameters,
    type,
    values,
  }));
  return {
    name,
    properties: own,
    components: components.map(componentOf),
    all: (wanted) => own.filter((property) => property.name === wanted),
    first: (wanted) => own.find((property) => property.name === wanted),
    text: (wanted) => {
      const value = own.find((property) => property.name === wanted)?.values[0];
      return typeof value === "string" ? value : null;
    },
  };
}

/** A component's lines, with the number of its first, and what they hold or why that cannot be read. */
export interface ReadComponent {
  line: number;
  text: string;
  component: Component | null;
  problem: string | null;
}

const wanted = new Set(["VEVENT", "VTIMEZONE"]);

/**
 * The events and time zones of a file, each read alone, so that one that cannot be read is left out and not the file.
 * Null where the text is no iCalendar file.
 */
export function* componentsOf(text: string): Generator<ReadComponent> {
  let name: string | null = null;
  let depth = 0;
  let first = 0;
  let lines: string[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const mark = /^(BEGIN|END):\s*([A-Za-z-]+)\s*$/i.exec(line);
    const kind = mark?.[2]?.toUpperCase();
    const begins = mark?.[1]?.toUpperCase() === "BEGIN";
    if (name === null) {
      if (!begins || kind === undefined || !wanted.has(kind)) continue;
      [name, depth, first, lines] = [kind, 1, index + 1, [line]];
      continue;
    }
    lines.push(line);
    if (mark !== null) depth += begins ? 1 : -1;
    if (depth > 0) continue;
    yield readComponent(first, lines.join("\r\n"));
    name = null;
  }
  if (name !== null) {
    const cut = lines.slice(0, 20).join("\r\n");
    yield { line: first, text: cut, component: null, problem: `END:${name} is missing` };
  }
}

function readComponent(line: number, text: string): ReadComponent {
  try {
    return { line, text, component: componentOf(ICAL.parse(text) as unknown as JCal), problem: null };
  } catch (error) {
    return { line, text, component: null, problem: error instanceof Error ? error.message : String(error) };
  }
}
