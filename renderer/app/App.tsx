import { MantineProvider } from "@mantine/core";
import { DatesProvider } from "@mantine/dates";
import type { NotificationsProps } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { queryClient } from "../api/client.ts";
import { useConnection } from "../api/connection.ts";
import { OutcomeDefs } from "../components/outcomes/OutcomeDefs.tsx";
import { laterPart } from "../components/page/laterPart.tsx";
import { TipLayer } from "../components/page/TipLayer.tsx";
import { useFirstDayOfWeek } from "../format/week.ts";
import { cssVariables, theme } from "../theme/theme.ts";
import classes from "./App.module.css";
import { colorSchemeManager, styleNonce } from "./document.ts";
import { router } from "./router.tsx";

// What is said before they are there waits for them.
const Notifications = laterPart<NotificationsProps>(
  "What pages have to say",
  async () => (await import("@mantine/notifications")).Notifications,
  { frame: (said) => <div className={classes.notices}>{said}</div> },
);

// Most are signed in.
const SignedOutPage = laterPart("The page to sign in", async () => (await import("./SignedOutPage.tsx")).SignedOutPage);

/** The whole program's page: providers around the router, or what to do where nobody is signed in. */
export function App() {
  const connection = useConnection();
  const firstDay = useFirstDayOfWeek();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        {/* Red days would say failed, and are too pale to read. */}
        <DatesProvider settings={{ firstDayOfWeek: (firstDay % 7) as 0 | 1 | 6, weekendDays: [] }}>
          <OutcomeDefs />
          <TipLayer />
          <Notifications position="bottom-right" limit={4} />
          {connection === "signedOut" ? <SignedOutPage /> : <RouterProvider router={router} />}
        </DatesProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
