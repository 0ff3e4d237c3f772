import { z } from "zod";

/** The longest input, as JSON; the same as of a result. */
const maxChars = 1024 * 1024;
const maxDepth = 200;

type Fault = { path: PropertyKey[]; message: string };

/**
 * The input of a workflow: what JSON holds, taken as it is. A schema that copies it would lose a key named `__proto__`,
 * and would end in a value that is nested without end.
 */
export const workflowInputSchema = z.unknown().superRefine((value, ctx) => {
  const fault = faultOf(value);
  if (fault !== null) ctx.addIssue({ code: "custom", ...fault });
});

function faultOf(input: unknown): Fault | null {
  let chars = 0;
  const path: PropertyKey[] = [];
  const wrong = (message: string): Fault => ({ path: [...path], message });

  const look = (value: unknown): Fault | null => {
    switch (typeof value) {
      case "string":
        chars += value.length + 2;
        break;
      case "boolean":
        chars += 5;
        break;
      case "number":
        if (!Number.isFinite(value)) return wrong(`a number that JSON holds is expected, not ${value}`);
        chars += 1;
        break;
      case "object":
        if (value !== null) return lookInside(value);
        chars += 4;
        break;
      default:
        return wrong(`what JSON holds is expected, not a ${typeof value}`);
    }
    return chars > maxChars ? tooLong() : null;
  };

  const lookInside = (value: object): Fault | null => {
    if (path.length >= maxDepth) {
      path.length = 0;
      return wrong(`at most ${maxDepth} levels within each other are allowed`);
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
      return wrong("what JSON holds is expected, not an instance of a class: a date as text, for one");
    }
    const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
    for (const [key, inner] of entries) {
      chars += typeof key === "string" ? key.length + 4 : 1;
      // What is undefined is left out, as JSON leaves it out.
      if (inner === undefined && !Array.isArray(value)) continue;
      path.push(key);
      const fault = look(inner);
      if (fault !== null) return fault;
      path.pop();
    }
    return chars > maxChars ? tooLong() : null;
  };

  const tooLong = (): Fault => {
    path.length = 0;
    return wrong("at most 1 MiB as JSON is allowed: put more into a file and give its name");
  };

  return input === undefined ? null : look(input);
}
