import { Button, Group, PasswordInput, Select, TagsInput, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { SetChannelInput } from "../../../shared/api/notifications.ts";
import { webhookServices } from "../../../shared/domain/notifications.ts";
import { client } from "../../api/client.ts";
import { appError, errorMessage, fieldErrors } from "../../api/errors.ts";
import { NumberField } from "../../components/form/NumberField.tsx";
import { showUnread } from "../../components/page/unread.ts";
import { type OnChanged, useTellChanged } from "../../components/page/unsaved.tsx";
import classes from "./Notifications.module.css";
import { type ChannelRow, serviceNames } from "./words.ts";

const kinds = [
  ...webhookServices.map((value) => ({ value, label: serviceNames[value] })),
  { value: "email", label: "E-mail" },
  { value: "command", label: "A command" },
];

const exampleTemplate = '{"text": "{{title}}: {{body}} {{url}}"}';

function fieldsOf(channel: ChannelRow | null) {
  const config = channel?.config;
  const email = config?.kind === "email" ? config : null;
  const webhook = config?.kind === "webhook" ? config : null;
  const command = config?.kind === "command" ? config : null;
  return {
    name: channel?.name ?? "",
    kind: webhook?.service ?? email?.kind ?? command?.kind ?? "slack",
    url: "",
    token: "",
    password: "",
    chatId: webhook?.chatId ?? "",
    template: webhook?.template ?? exampleTemplate,
    host: email?.host ?? "",
    port: email?.port ?? 587,
    security: email?.security ?? "starttls",
    user: email?.user ?? "",
    from: email?.from ?? "",
    to: email?.to ?? [],
    program: command?.program ?? "",
    args: command?.args ?? [],
  };
}
type Fields = ReturnType<typeof fieldsOf>;

function inputOf(fields: Fields): SetChannelInput {
  const given = Object.entries({ url: fields.url, token: fields.token, password: fields.password });
  const secret = Object.fromEntries(given.filter(([, value]) => value !== ""));
  const { name, kind, host, port, security, from, to, program, args } = fields;
  if (kind === "email")
    return {
      name,
      config: { kind, host, port, security, user: fields.user === "" ? null : fields.user, from, to },
      secret,
    };
  if (kind === "command") return { name, config: { kind, program, args } };
  const chatId = kind === "telegram" ? fields.chatId : null;
  const template = kind === "custom" ? fields.template : null;
  return { name, config: { kind: "webhook", service: kind, chatId, template }, secret };
}

/** Makes a channel or changes one: what is secret may be replaced, and is never shown. */
export function ChannelForm(props: { channel: ChannelRow | null; onChanged: OnChanged; onDone: () => void }) {
  const { channel, onDone } = props;
  const [saved] = useState(() => fieldsOf(channel));
  const [fields, setFields] = useState(saved);
  useTellChanged(fields, saved, props.onChanged);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const errors = fieldErrors(error);
  const set = (changes: Partial<Fields>) => setFields({ ...fields, ...changes });
  const stored = (part: "url" | "token" | "password") => channel?.stored?.includes(part) === true;
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (showUnread(event.currentTarget)) return;
    setBusy(true);
    setError(null);
    try {
      await client.notifications.setChannel.mutate(inputOf(fields));
      onDone();
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  const { kind } = fields;
  const isWebhook = kind !== "email" && kind !== "command";
  const text = (field: "host" | "user" | "from" | "chatId" | "program", label: string, placeholder: string) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={fields[field]}
      onChange={(event) => set({ [field]: event.currentTarget.value })}
      error={errors[`config.${field}`]}
      spellCheck={false}
    />
  );
  const unseen = (part: "url" | "token" | "password", label: string, placeholder: string) => (
    <PasswordInput
      label={label}
      placeholder={stored(part) ? "Stored; type to replace it" : placeholder}
      value={fields[part]}
      onChange={(event) => set({ [part]: event.currentTarget.value })}
      error={errors[`secret.${part}`]}
      autoComplete="off"
    />
  );
  return (
    <form
      className={classes.form}
      onSubmit={save}
      aria-label={channel === null ? "New channel" : `Channel ${channel.name}`}
    >
      <Group gap="sm" align="flex-start" grow>
        <TextInput
          label="Name"
          placeholder="ops"
          value={fields.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={errors["name"]}
          disabled={channel !== null}
          spellCheck={false}
        />
        <Select
          label="Sends by"
          data={kinds}
          value={kind}
          onChange={(value) => value !== null && set({ kind: value as Fields["kind"] })}
          allowDeselect={false}
          disabled={channel !== null}
        />
      </Group>
      {kind === "telegram" && text("chatId", "Chat", "-1001234567890 or @ops")}
      {kind === "telegram" && unseen("token", "Token of the bot", "as BotFather gives it")}
      {isWebhook &&
        kind !== "telegram" &&
        unseen("url", "Address of the webhook", kind === "ntfy" ? "https://ntfy.sh/my-topic" : "https://…")}
      {(kind === "ntfy" || kind === "custom") && unseen("token", "Access token", "where it needs one")}
      {kind === "custom" && (
        <Textarea
          label="Body"
          description="{{title}}, {{body}}, {{url}}, {{event}}, {{rule}} and {{schedules}} are filled in."
          value={fields.template}
          onChange={(event) => set({ template: event.currentTarget.value })}
          error={errors["config.template"]}
          autosize
          minRows={2}
          spellCheck={false}
        />
      )}
      {kind === "email" && (
        <>
          <Group gap="sm" align="flex-start" grow>
            {text("host", "SMTP server", "mail.example.com")}
            <NumberField
              label="Port"
              value={fields.port}
              min={1}
              max={65_535}
              plain
              onChange={(port) => port !== null && set({ port })}
              error={errors["config.port"]}
            />
            <Select
              label="Encryption"
              data={[
                { value: "starttls", label: "STARTTLS" },
                { value: "tls", label: "TLS" },
                { value: "none", label: "None" },
              ]}
              value={fields.security}
              onChange={(security) => security !== null && set({ security: security as Fields["security"] })}
              allowDeselect={false}
            />
          </Group>
          <Group gap="sm" align="flex-start" grow>
            {text("user", "User", "where it asks for one")}
            {unseen("password", "Password", "")}
          </Group>
          <Group gap="sm" align="flex-start" grow>
            {text("from", "From", "almanac@example.com")}
            <TagsInput label="To" value={fields.to} onChange={(to) => set({ to })} error={errors["config.to"]} />
          </Group>
        </>
      )}
      {kind === "command" && text("program", "Program", "/usr/bin/notify-send")}
      {kind === "command" && (
        <TagsInput
          label="Arguments"
          description="Each is passed as it is; the message comes on standard input and in ALMANAC_ variables."
          value={fields.args}
          onChange={(args) => set({ args })}
          error={errors["config.args"]}
          allowDuplicates
        />
      )}
      {error !== null && (
        <p className={classes.failed} role="alert">
          {(appError(error)?.issues.length ?? 0) > 0 ? "Some fields are not right yet." : errorMessage(error)}
        </p>
      )}
      <Group gap="sm">
        <Button type="submit" loading={busy} disabled={fields.name === ""}>
          Save channel
        </Button>
        <Button variant="subtle" onClick={onDone}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
