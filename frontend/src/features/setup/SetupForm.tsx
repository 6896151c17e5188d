import { zodResolver } from "@hookform/resolvers/zod";
import { type KeyboardEvent, useEffect, useMemo, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { useNavigate } from "react-router";
import { type Dataset, type Model, useGetTrainingStatusQuery, useStartTrainingMutation } from "../../api";
import { type ApiError, asApiError } from "../../api/base";
import { saveDraft } from "./draft";
import { fieldNames } from "./fields";
import { defaults, type FormValues, formRules, toConfig } from "./form";
import { LoraSection } from "./LoraSection";
import { type Note, type ServerNotes, ServerNotesContext } from "./notes";
import { choose, suggestionFor } from "./suggestions";
import { TrainingSection } from "./TrainingSection";
import { type Estimate, useEstimate } from "./useEstimate";
import { Verdict } from "./Verdict";
import { WhatSection } from "./WhatSection";

interface SetupFormProps {
  initial: () => FormValues;
  models: Model[];
  datasets: Dataset[];
}

export function SetupForm({ initial, models, datasets }: SetupFormProps) {
  const [begun] = useState(initial);
  const form = useForm<FormValues>({
    defaultValues: begun,
    resolver: zodResolver(formRules as never),
    mode: "onChange",
  });
  const values = form.watch();
  const typed = JSON.stringify(values);
  const estimate = useEstimate(values);
  const { data: status } = useGetTrainingStatusQuery();
  const { start, starting, refusal } = useStart(typed);

  useEffect(() => saveDraft(JSON.parse(typed) as FormValues), [typed]);

  const server = useMemo(() => serverNotes(estimate, refusal), [estimate, refusal]);
  const own = fieldNames.flatMap((name): Note[] => {
    const message = form.formState.errors[name]?.message;
    return message ? [{ field: name, message }] : [];
  });
  const problems = [
    ...own,
    ...server.problems.filter(({ field }) => !own.some((note) => note.field === field)),
  ];

  const submit = form.handleSubmit((read) => start(toConfig(read)));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    const inField = event.target instanceof HTMLInputElement;
    if (event.metaKey || event.ctrlKey) {
      event.preventDefault();
      void submit();
    } else if (inField) event.preventDefault();
  };

  return (
    <FormProvider {...form}>
      <ServerNotesContext value={server}>
        <form
          noValidate
          onSubmit={submit}
          onKeyDown={onKeyDown}
          className="grid items-start gap-x-12 gap-y-6 lg:grid-cols-[minmax(0,640px)_minmax(18rem,24rem)]"
        >
          <div className="grid min-w-0 gap-8">
            <WhatSection
              models={models}
              datasets={datasets}
              onChoose={(change) => form.reset(choose(values, change, datasets))}
            />
            <TrainingSection suggestion={suggestionFor(values, datasets)} />
            <LoraSection />
          </div>
          <div className="sticky bottom-18 z-10 min-w-0 wide:max-lg:bottom-4 lg:top-4 lg:bottom-auto">
            <Verdict
              estimate={estimate}
              problems={problems}
              warnings={server.warnings}
              starting={starting}
              waiting={Boolean(status?.running)}
            />
          </div>
        </form>
      </ServerNotesContext>
    </FormProvider>
  );
}

/** Starts the run and goes to its page; a refusal is shown until the form changes. */
function useStart(typed: string) {
  const [startTraining, { isLoading, error }] = useStartTrainingMutation();
  const [refusedFor, setRefusedFor] = useState<string | null>(null);
  const navigate = useNavigate();
  const start = async (config: ReturnType<typeof toConfig>) => {
    setRefusedFor(null);
    const answer = await startTraining({ trainingConfig: config });
    if (!answer.data) return setRefusedFor(typed);
    // What was said about a taken name held for this start only.
    saveDraft({ ...(JSON.parse(typed) as FormValues), on_existing: defaults().on_existing });
    await navigate(`/training/${answer.data.id}`);
  };
  return { start, starting: isLoading, refusal: error && refusedFor === typed ? asApiError(error) : null };
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
  const known = fields.filter(({ field }) => (fieldNames as string[]).includes(field));
  return known.length > 0 ? known : [{ field: "", message: detail }];
}
