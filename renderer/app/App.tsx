import { MantineProvider } from "@mantine/core";
import { DatesProvider } from "@mantine/dates";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { queryClient } from "../api/client.ts";
import { useConnection } from "../api/connection.ts";
import { OutcomeDefs } from "../components/outcomes/OutcomeDefs.tsx";
import { TipLayer } from "../components/page/TipLayer.tsx";
import { useFirstDayOfWeek } from "../format/week.ts";
import { cssVariables, theme } from "../theme/theme.ts";
import { colorSchemeManager, styleNonce } from "./document.ts";
import { router } from "./router.tsx";
import { SignedOutPage } from "./SignedOutPage.tsx";

// What is said before they are there waits for them.
const Notifications = lazy(() =>
  import("@mantine/notifications").then((module) => ({ default: module.Notifications })),
);

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
          <Suspense>
            <Notifications position="bottom-right" limit={4} />
          </Suspense>
          {connection === "signedOut" ? <SignedOutPage /> : <RouterProvider router={router} />}
        </DatesProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
