import { Button, Center, Code, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { signIn, tokenIn } from "../api/carrier.ts";
import { errorMessage } from "../api/errors.ts";

/** Shown when the server does not know this browser: takes a token, and says where there is one. */
export function SignedOutPage() {
  const [text, setText] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const command = useTokenCommand();
  const enter = async () => {
    const token = tokenIn(text);
    if (token === null) {
      setError("A token begins with almanac_, an address ends in #token=…");
      return;
    }
    setBusy(true);
    try {
      await signIn(token);
      window.location.reload();
    } catch (caught) {
      setError(sentence(errorMessage(caught)));
      setBusy(false);
    }
  };
  return (
    <Center h="100%" component="main">
      <Stack maw={440} gap="sm" p="md">
        <IconLock size={28} stroke={1.5} aria-hidden="true" />
        <Title order={1}>This browser is not signed in</Title>
        <Text style={{ textWrap: "pretty" }}>
          The address that Almanac prints when it starts signs in one browser, once. Open it, or paste it or a token
          here. Over plain HTTP a browser stays signed in until Almanac ends. What you were editing is kept.
        </Text>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            enter();
          }}
        >
          <Stack gap="sm" align="flex-start">
            <PasswordInput
              label="Token or address"
              value={text}
              onChange={(event) => {
                setText(event.currentTarget.value);
                setError(null);
              }}
              error={error}
              autoComplete="off"
              autoFocus
              w="100%"
            />
            <Button type="submit" loading={busy} disabled={text.trim() === ""}>
              Sign in
            </Button>
          </Stack>
        </form>
        <Text c="dimmed" style={{ textWrap: "pretty" }}>
          A token is made by this command on the machine that Almanac runs on, or in the settings of a browser that is
          signed in:
        </Text>
        {/* Of a long path every part is to be read. */}
        <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {command}
        </Code>
        {command.endsWith(" FOLDER") && (
          <Text c="dimmed">FOLDER is the data folder that Almanac was started with there.</Text>
        )}
      </Stack>
    </Center>
  );
}

/** As the server says it: which data folder it uses is for it to know. */
function useTokenCommand(): string {
  const [command, setCommand] = useState("almanac tokens create NAME --scope admin");
  useEffect(() => {
    const asking = new AbortController();
    fetch("/token-command", { signal: asking.signal })
      .then(async (response) => response.ok && setCommand((await response.text()).trim()))
      // What stands there meanwhile is right for the usual folder.
      .catch(() => undefined);
    return () => asking.abort();
  }, []);
  return command;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
