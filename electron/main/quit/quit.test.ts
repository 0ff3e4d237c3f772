import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type QuitFacts, quitQuestion, quitStep, stillWaitingQuestion } from "./quit.ts";

const asked: QuitFacts = { reason: "person", running: 1, remembered: undefined, hasTray: true, waiting: false };

describe("quitStep", () => {
  it("asks a person while runs go on, and nobody else", () => {
    expect(quitStep(asked)).toBe("ask");
    expect(quitStep({ ...asked, running: 0 })).toBe("now");
    expect(quitStep({ ...asked, reason: "update" })).toBe("ask");
    expect(quitStep({ ...asked, reason: "system" })).toBe("now");
    expect(quitStep({ ...asked, reason: "restart" })).toBe("now");
  });

  it("does as remembered, and asks again once it waits", () => {
    expect(
      ["wait", "stop", "tray", "ask", "later", 3, null].map((remembered) => quitStep({ ...asked, remembered })),
    ).toEqual(["wait", "now", "tray", "ask", "ask", "ask", "ask"]);
    expect(quitStep({ ...asked, remembered: "wait", waiting: true })).toBe("askAgain");
  });

  it("never hides a program that has no tray, never stops a person's runs unasked, and never waits where the system ends", () => {
    const facts = fc.record({
      reason: fc.constantFrom("person" as const, "update" as const, "system" as const, "restart" as const),
      running: fc.nat(5),
      remembered: fc.oneof(fc.constantFrom("ask", "wait", "stop", "tray"), fc.jsonValue()),
      hasTray: fc.boolean(),
      waiting: fc.boolean(),
    });
    fc.assert(
      fc.property(facts, (given) => {
        const step = quitStep(given);
        if (!given.hasTray && step === "tray") return false;
        if (given.reason === "system" || given.reason === "restart") return step === "now";
        return step !== "now" || given.running === 0 || (given.remembered === "stop" && !given.waiting);
      }),
    );
  });
});

describe("the questions", () => {
  it("name what runs, a few of many, and offer the tray only where there is one", () => {
    const one = quitQuestion({ names: ["Nightly backup"], hasTray: true });
    expect(one.message).toBe("Nightly backup is running");
    expect(one.answers.map(({ choice }) => choice)).toEqual(["wait", "stop", "tray", null]);
    const many = quitQuestion({ names: Array.from({ length: 7 }, (_, i) => `job ${i}`), hasTray: false });
    expect(many.message).toBe("7 runs are going on");
    expect(many.detail).toContain("• job 4\nand 2 more");
    expect(many.detail).not.toContain("job 5");
    expect(many.answers.map(({ choice }) => choice)).toEqual(["wait", "stop", null]);
  });

  it("keep a long name to a line", () => {
    const { message } = stillWaitingQuestion(["x".repeat(500)]);
    expect(message.length).toBeLessThan(110);
  });
});
