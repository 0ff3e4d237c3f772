import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { trpc } from "../../api/client.ts";
import { TimeText } from "../../components/values/TimeText.tsx";
import { actorText } from "../schedule/actorText.ts";
import classes from "./Import.module.css";
import { importedWords } from "./importWords.ts";
import { UndoImport } from "./UndoImport.tsx";

const shownAtFirst = 5;

/** The imports that can be undone, the newest first; nothing where there is none. */
export function Imports() {
  const [all, setAll] = useState(false);
  const { data = [] } = useQuery(trpc.exchange.imports.queryOptions({ limit: 50 }));
  if (data.length === 0) return null;
  return (
    <div>
      <ul className={classes.imports} aria-label="Imports that can be undone">
        {(all ? data : data.slice(0, shownAtFirst)).map((each) => (
          <li key={each.undoId}>
            <span>
              Import by {actorText(each.actor)}, <TimeText at={each.at} />:{" "}
              <span className="dim">{importedWords(each)}</span>
            </span>
            <UndoImport undoId={each.undoId} />
          </li>
        ))}
      </ul>
      {!all && data.length > shownAtFirst && (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)}>
          Show more ({data.length - shownAtFirst})
        </Button>
      )}
    </div>
  );
}
