import { Trash2 } from "lucide-react";
import type { ImportReport, TextRule } from "../../../api";
import { Button, IconButton } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { Drawer } from "../../../ui/Disclosure";
import { Field } from "../../../ui/Field";
import { plural } from "../../../ui/format";
import { TextInput } from "../../../ui/TextInput";
import type { Edited } from "./edited";

type Simple = Exclude<TextRule["kind"], "replace">;

const simpleRules: { kind: Simple; words: string; help: string }[] = [
  { kind: "strip", words: "Trim", help: "Spaces and empty lines at the beginning and the end of a text go." },
  { kind: "nfc", words: "Compose characters", help: "An é of two parts becomes one of one (Unicode NFC)." },
  {
    kind: "collapse_blank_lines",
    words: "Collapse empty lines",
    help: "Several empty lines in a row become one.",
  },
];

/** What is to be done to every text. Nothing is, unless it is asked for. */
export function CleanSection({
  rules,
  report,
  change,
}: {
  rules: TextRule[];
  report: ImportReport | null;
  change: (changes: Partial<Edited>) => void;
}) {
  const set = (next: TextRule[]) => change({ rules: next });
  const changed = (index: number) =>
    report?.changed_by_rules.find(
      ({ rule }) => rule === index && report.plan.rules?.[rule]?.kind === rules[index]?.kind,
    );
  return (
    <Drawer
      title="Clean the text"
      detail={rules.length === 0 ? "nothing is changed" : plural(rules.length, "rule")}
    >
      <div className="grid max-w-2xl grid-cols-1 gap-4">
        {simpleRules.map(({ kind, words, help }) => {
          const index = rules.findIndex((rule) => rule.kind === kind);
          const effect = changed(index);
          return (
            <Checkbox
              key={kind}
              checked={index !== -1}
              onChange={(checked) =>
                set(checked ? [...rules, { kind }] : rules.filter((rule) => rule.kind !== kind))
              }
            >
              <span>
                {words}
                <span className="block text-sm text-soft">
                  {help}
                  {effect && ` In the check it changed ${plural(effect.rows, "row")}.`}
                </span>
              </span>
            </Checkbox>
          );
        })}
        {rules.map(
          (rule, index) =>
            rule.kind === "replace" && (
              <ReplaceRule
                // biome-ignore lint/suspicious/noArrayIndexKey: a rule is its place in the order
                key={index}
                rule={rule}
                effect={changed(index)?.rows}
                onChange={(next) => set(rules.with(index, next))}
                onRemove={() => set(rules.toSpliced(index, 1))}
              />
            ),
        )}
        <div>
          <Button onClick={() => set([...rules, { kind: "replace", find: "", replace: "", regex: false }])}>
            Replace something
          </Button>
        </div>
      </div>
    </Drawer>
  );
}

function ReplaceRule({
  rule,
  effect,
  onChange,
  onRemove,
}: {
  rule: TextRule;
  effect: number | undefined;
  onChange: (rule: TextRule) => void;
  onRemove: () => void;
}) {
  return (
    <fieldset className="grid grid-cols-1 gap-3 border-l-2 border-line pl-3 sm:grid-cols-[1fr_1fr_auto]">
      <legend className="sr-only">Replace</legend>
      <Field
        label="Find"
        error={rule.find ? undefined : "Without something to find, this rule does nothing."}
      >
        {(control) => (
          <TextInput
            {...control}
            className="mono"
            value={rule.find ?? ""}
            onChange={(event) => onChange({ ...rule, find: event.target.value })}
          />
        )}
      </Field>
      <Field label="Put in its place">
        {(control) => (
          <TextInput
            {...control}
            className="mono"
            placeholder="nothing"
            value={rule.replace ?? ""}
            onChange={(event) => onChange({ ...rule, replace: event.target.value })}
          />
        )}
      </Field>
      <IconButton label="Remove this rule" className="sm:mt-7" onClick={onRemove}>
        <Trash2 aria-hidden />
      </IconButton>
      <Checkbox checked={rule.regex ?? false} onChange={(regex) => onChange({ ...rule, regex })}>
        <span className="text-sm">
          As a regular expression
          {effect !== undefined && (
            <span className="text-soft"> · in the check it changed {plural(effect, "row")}</span>
          )}
        </span>
      </Checkbox>
    </fieldset>
  );
}
