/**
 * A health check every minute, in two steps. A check that is still running when the next minute comes is not overtaken.
 *
 *   almanac scheduler run --module examples/minute-health-check.ts --duration 65
 */
import { log, OverlapPolicy, scheduledWorkflow, step } from "almanac";

const checkServices = step("check_services", async () => ({ api: "healthy", db: "healthy" }), {
  maxRetries: 2,
  retryDelay: "1s",
  timeout: "20s",
});

const reportStatus = step("report_status", async (status: Record<string, string>) => {
  const unhealthy = Object.keys(status).filter((service) => status[service] !== "healthy");
  log(unhealthy.length === 0 ? "all services are healthy" : `unhealthy: ${unhealthy.join(", ")}`);
  return { unhealthy };
});

export const minuteHealthCheck = scheduledWorkflow(
  {
    name: "minute_health_check",
    description: "Checks the services and reports those that are unwell.",
    cron: "* * * * *",
    overlapPolicy: OverlapPolicy.Skip,
    tags: ["example"],
  },
  async () => {
    const status = await checkServices();
    const { unhealthy } = await reportStatus(status);
    return { at: new Date().toISOString(), status, unhealthy };
  },
);
