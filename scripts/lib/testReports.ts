// What the reporters of vitest and Playwright wrote, as counts and as what failed.
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "./paths.ts";

export interface TestReport {
  passed: number;
  failed: number;
  /** One line each: file, name, and the first line of its error. */
  failures: string[];
}

interface VitestJson {
  numPassedTests: number;
  numFailedTests: number;
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { status: string; fullName: string; failureMessages?: string[] | null }[];
  }[];
}

interface PlaywrightSuite {
  file: string;
  specs?: { title: string; ok: boolean; tests: { results: { error?: { message?: string } }[] }[] }[];
  suites?: PlaywrightSuite[];
}

interface PlaywrightJson {
  stats: { expected: number; flaky: number; unexpected: number };
  suites: PlaywrightSuite[];
}

const firstLine = (text: string | undefined): string =>
  stripVTControlCharacters(text ?? "no error was written").split("\n", 1)[0] ?? "";

export function vitestReport(json: VitestJson): TestReport {
  const failures = json.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    // A file that does not load, or fails outside its tests, has no test to name.
    if (failed.length === 0 && status === "failed") return [`${file}: ${firstLine(message)}`];
    return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages?.[0])}`);
  });
  return { passed: json.numPassedTests, failed: json.numFailedTests, failures };
}

export function playwrightReport({ stats, suites }: PlaywrightJson): TestReport {
  const failuresOf = ({ file, specs = [], suites: inner = [] }: PlaywrightSuite): string[] => [
    ...specs
      .filter(({ ok }) => !ok)
      .map(({ title, tests }) => `${file}: ${title}: ${firstLine(tests.at(-1)?.results.at(-1)?.error?.message)}`),
    ...inner.flatMap(failuresOf),
  ];
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected, failures: suites.flatMap(failuresOf) };
}
