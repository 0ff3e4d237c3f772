import { describe, expect, it } from "vitest";
import type { QuitChoice } from "./quit.ts";
import { createQuitting, type QuittingParts } from "./quitting.ts";

/** A program whose runs end when they are told to, with questions that wait for `answer`. */
function program({ running = ["backup"], remembered }: { running?: string[]; remembered?: string } = {}) {
  const done: string[] = [];
  const questions: string[] = [];
  const answers: ((answer: { choice: QuitChoice | null; remember: boolean }) => void)[] = [];
  let runs = running;
  let endRuns = (): void => {};
  const parts: QuittingParts = {
    running: () => runs,
    remembered: () => remembered,
    remember: (choice) => void done.push(`remember ${choice}`),
    hasTray: () => true,
    ask(question) {
      questions.push(question.message);
      return new Promise((answered) => answers.push(answered));
    },
    stayInTray: () => void done.push("tray"),
    waits: () => void done.push("waits"),
    stopRuns(graceMs, { hurry }) {
      done.push(`stop after ${graceMs}`);
      return new Promise((ended) => {
        endRuns = () => {
          runs = [];
          ended();
        };
        if (graceMs === 0 || runs.length === 0) endRuns();
        hurry.addEventListener("abort", () => {
          done.push("in a hurry");
          endRuns();
        });
      });
    },
    end: async () => void done.push("end"),
    warn: (message) => void done.push(message),
  };
  return {
    done,
    questions,
    quitting: createQuitting(parts),
    parts,
    answer: (choice: QuitChoice | null, remember = false) => answers.shift()?.({ choice, remember }),
    endRuns: () => endRuns(),
  };
}

describe("quitting", () => {
  it("asks before an update stops what runs, offers no tray for it, and goes on where nothing is chosen", async () => {
    const { quitting, questions, done, answer, parts } = program({ remembered: "tray" });
    const offered: (string | null)[] = [];
    const { ask } = parts;
    parts.ask = (question) => {
      offered.push(...question.answers.map(({ choice }) => choice));
      return ask(question);
    };
    const asked = quitting.request("update");
    expect(quitting.asking).toBe(true);
    answer(null);
    await asked;
    expect({ questions, done, offered, begun: quitting.begun }).toEqual({
      questions: ["backup is running"],
      done: [],
      offered: ["wait", "stop", null],
      begun: false,
    });
    const again = quitting.request("update");
    answer("stop");
    await again;
    expect(done).toEqual(["stop after 0", "end"]);
  });

  it("ends at once where nothing runs", async () => {
    const { quitting, done, questions } = program({ running: [] });
    await quitting.request("person");
    expect({ done, questions }).toEqual({ done: ["stop after 0", "end"], questions: [] });
  });

  it("asks once, however often it is asked to quit, and goes on as before where nothing is chosen", async () => {
    const { quitting, questions, done, answer } = program();
    const first = quitting.request("person");
    await quitting.request("person");
    answer(null);
    await first;
    expect({ questions, done }).toEqual({ questions: ["backup is running"], done: [] });
    expect(quitting.begun).toBe(false);
    const again = quitting.request("person");
    answer("tray", true);
    await again;
    expect(done).toEqual(["remember tray", "tray"]);
  });

  it("waits for what runs, and ends with it", async () => {
    const { quitting, done, answer, endRuns } = program();
    const request = quitting.request("person");
    answer("wait");
    await Promise.resolve();
    await Promise.resolve();
    expect(quitting.waiting).toBe(true);
    endRuns();
    await request;
    expect(done).toEqual(["waits", "stop after Infinity", "end"]);
  });

  it("stops what it waits for where a person changes their mind, or the system ends", async () => {
    for (const reason of ["person", "system"] as const) {
      const { quitting, done, answer, questions } = program({ remembered: "wait" });
      const waiting = quitting.request("person");
      expect(quitting.waiting).toBe(true);
      const second = quitting.request(reason);
      if (reason === "person") answer("stop");
      await Promise.all([waiting, second]);
      expect(done).toEqual(["waits", "stop after Infinity", "in a hurry", "end"]);
      expect(questions).toHaveLength(reason === "person" ? 1 : 0);
    }
  });

  it("does not wait for an answer where the system ends, and takes none after it", async () => {
    const { quitting, done, answer } = program();
    const question = quitting.request("person");
    await quitting.request("system");
    answer("wait", true);
    await question;
    expect(done).toEqual(["stop after 0", "end"]);
  });

  it("still ends where it cannot ask", async () => {
    const { parts, done } = program();
    const quitting = createQuitting({ ...parts, ask: () => Promise.reject(new Error("no display")) });
    await quitting.request("person");
    expect(done).toEqual(["quitting:", "stop after 0", "end"]);
  });
});
