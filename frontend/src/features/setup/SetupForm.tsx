import { zodResolver } from "@hookform/resolvers/zod";
import { type KeyboardEvent, useEffect, useMemo, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { type Dataset, type Model, useGetModelQuery, useGetTrainingStatusQuery } from "../../api";
import type { ApiError } from "../../api/base";
import { applies } from "./applies";
import { type Origin, saveDraft } from "./draft";
import { fieldNames, isFieldName } from "./fields";
import { type FormValues, formRules, readConfig, toConfig, withSettings } from "./form";
import { LoraSection } from "./LoraSection";
import { MeasurementView } from "./MeasurementView";
import { MoreSettings } from "./MoreSettings";
import { type Note, type ServerNotes, ServerNotesContext } from "./notes";
import { choose, suggestionFor } from "./suggestions";
import { TrainingSection } from "./TrainingSection";
import { type Estimate, useEstimate } from "./useEstimate";
import { useMeasurement } from "./useMeasurement";
import { useSubmit } from "./useSubmit";
import { SaveButton, StartButton, Verdict } from "./Verdict";
import { WhatSection } from "./WhatSection";

interface SetupFormProps {
  origin: Origin;
  initial: () => FormValues;
  models: Model[];
  datasets: Dataset[];
}

export function SetupForm({ origin, initial, models, datasets }: SetupFormProps) {
  const [begun] = useState(initial);
  const form = useForm<FormValues>({
    defaultValues: begun,
    resolver: zodResolver(formRules as never),
    mode: "onChange",
  });
  const values = form.watch();
  const typed = JSON.stringify(values);
  const estimate = useEstimate(values);
  const profile = useProfile(String(values.model_path), models);
  const { data: status } = useGetTrainingStatusQuery();
  const measurement = useMeasurement();
  const { submit, busy, refusal } = useSubmit(origin, typed);

  useEffect(() => saveDraft(origin, JSON.parse(typed) as FormValues), [origin, typed]);

  const server = useMemo(() => serverNotes(estimate, refusal), [estimate, refusal]);
  const own = fieldNames.flatMap((name): Note[] => {
    const message = form.formState.errors[name]?.message;
    return message && applies(name, values) ? [{ field: name, message }] : [];
  });
  const problems = [
    ...own,
    ...server.problems.filter(({ field }) => !own.some((note) => note.field === field)),
  ];

  const onSubmit = form.handleSubmit(async (read) => {
    if (measurement.since !== null) await measurement.cancel();
    await submit(toConfig(read));
  });

  return (
    <FormProvider {...form}>
      <ServerNotesContext value={server}>
        <form
          noValidate
          onSubmit={onSubmit}
          onKeyDown={(event) => onKeyDown(event, onSubmit)}
          className="grid grid-cols-1 items-start gap-x-12 gap-y-6 lg:grid-cols-[minmax(0,640px)_minmax(18rem,24rem)]"
        >
          <div className="grid min-w-0 grid-cols-1 gap-8">
            <WhatSection
              models={models}
              datasets={datasets}
              onChoose={(change) => form.reset(choose(values, change, datasets))}
            />
            <TrainingSection suggestion={suggestionFor(values, datasets)} estimate={estimate.shown} />
            <LoraSection profile={profile} estimate={estimate.shown} />
            <MoreSettings profile={profile} />
          </div>
          <div className="sticky bottom-18 z-10 min-w-0 wide:max-lg:bottom-4 lg:top-4 lg:bottom-auto">
            <Verdict
              estimate={estimate}
              problems={problems}
              warnings={server.warnings}
              measurement={
                <MeasurementView
                  measurement={measurement}
                  config={readConfig(values)}
                  onChange={(changes) => form.reset(withSettings(values, changes))}
                />
              }
              action={
                origin.kind === "change" ? (
                  <SaveButton busy={busy} sessionId={origin.sessionId} />
                ) : (
                  <StartButton busy={busy} waiting={Boolean(status?.running)} />
                )
              }
            />
          </div>
        </form>
      </ServerNotesContext>
    </FormProvider>
  );
}

/** Enter in a field starts nothing; with Ctrl or Cmd it does. */
function onKeyDown(event: KeyboardEvent, submit: () => Promise<void>) {
  if (event.key !== "Enter") return;
  if (event.metaKey || event.ctrlKey) {
    event.preventDefault();
    void submit();
  } else if (event.target instanceof HTMLInputElement) event.preventDefault();
}

/** What a model of the library is made of; null for one that is elsewhere, or not read yet. */
function useProfile(name: string, models: Model[]) {
  const usable = models.some((model) => model.name === name && !model.problem);
  const { currentData } = useGetModelQuery({ name }, { skip: !usable });
  return currentData?.profile ?? null;
}

function serverNotes(estimate: Estimate, refusal: ApiError | null): ServerNotes {
  const refused = refusal ?? estimate.error;
  return {
    problems: refused ? notesOf(refused) : [],
    warnings: estimate.shown && !estimate.error ? estimate.shown.warnings : [],
  };
}

/** The sentences beside fields; where none is named, the whole sentence above Start. */
function notesOf({ detail, fields }: ApiError): Note[] {
  const known = fields.filter(({ field }) => isFieldName(field));
  return known.length > 0 ? known : [{ field: "", message: detail }];
}
