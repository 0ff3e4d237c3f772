/**
 * Billing at midnight on the 1st and the 15th. All occurrences wait their turn, and those missed while nothing ran are
 * caught up with: no period goes unbilled. A failed charge is tried again. A resumed run does not charge again whom it has
 * charged; a charge that was under way is sent again with the same key, by which a payment service knows it.
 *
 *   almanac workflows run monthly_billing --module examples/monthly-billing.ts --wait
 *   almanac schedules show monthly_billing
 */
import { log, OverlapPolicy, runContext, scheduledWorkflow, step } from "almanac";

interface Invoice {
  customer: string;
  cents: number;
}

const openInvoices = step("open_invoices", async (period: string): Promise<Invoice[]> => {
  log("billing the period that ends", period);
  return [
    { customer: "ada", cents: 4_200 },
    { customer: "grace", cents: 1_950 },
    { customer: "linus", cents: 990 },
  ];
});

// One call for each invoice: each has a record of its own (charge, charge#2, charge#3).
const charge = step(
  "charge",
  async ({ customer, cents }: Invoice) => {
    const idempotencyKey = `${runContext().runId}/${customer}`;
    log("charging", customer, cents, idempotencyKey);
    return { customer, cents, receipt: `R-${customer}` };
  },
  { maxRetries: 5, retryDelay: "5s", timeout: "1m" },
);

export const monthlyBilling = scheduledWorkflow(
  {
    name: "monthly_billing",
    description: "Charges the open invoices of the period.",
    calendar: [
      { dayOfMonth: 1, hour: 0, minute: 0, comment: "second half of last month" },
      { dayOfMonth: 15, hour: 0, minute: 0, comment: "first half of this month" },
    ],
    timezone: "America/New_York",
    overlapPolicy: OverlapPolicy.BufferAll,
    catchup: "all",
    catchupWindow: "30d",
    maxAttempts: 3,
    retryDelay: "5m",
    tags: ["example"],
  },
  async () => {
    const period = (runContext().scheduledTime ?? new Date().toISOString()).slice(0, 10);
    const receipts = [];
    for (const invoice of await openInvoices(period)) receipts.push(await charge(invoice));
    return { period, charged: receipts.length, cents: receipts.reduce((sum, { cents }) => sum + cents, 0) };
  },
);
