#!/usr/bin/env node
import { runCommandLine } from "./commandLine.ts";

// Nothing that is left over may keep the process.
process.exit(await runCommandLine(process.argv.slice(2)));
