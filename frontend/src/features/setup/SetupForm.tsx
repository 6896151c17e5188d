import { zodResolver } from "@hookform/resolvers/zod";
import { type KeyboardEvent, useEffect, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import {
  type Dataset,
  type Model,
  type ModelProfile,
  useGetModelQuery,
  useGetTrainingStatusQuery,
} from "../../api";
import { cx } from "../../ui/cx";
import { DroppedNotice } from "./DroppedNotice";
import { type Origin, saveDraft } from "./draft";
import type { FormValues } from "./fields";
import { formRules, readConfig, toConfig, withSettings } from "./form";
import { isWaiting, type Led } from "./guidance";
import { HowLong } from "./HowLong";
import { LoraSection } from "./LoraSection";
import { type Length, readEpochs } from "./length";
import { MeasurementView } from "./MeasurementView";
import { MoreSettings } from "./MoreSettings";
import { ServerNotesContext } from "./notes";
import { offers } from "./presets";
import { SettingsFiles } from "./SettingsFiles";
import { suggestionFor } from "./suggestions";
import { useEstimate } from "./useEstimate";
import { useForecast } from "./useForecast";
import { useGuidance } from "./useGuidance";
import { useMeasurement } from "./useMeasurement";
import { useOnce } from "./useOnce";
import { usePresets } from "./usePresets";
import { useProblems } from "./useProblems";
import { useSettled } from "./useSettled";
import { type Counted, useStatistics } from "./useStatistics";
import { useSubmit } from "./useSubmit";
import { SaveButton, StartButton, Verdict } from "./Verdict";
import { WhatSection } from "./WhatSection";
import { WhereToBegin } from "./WhereToBegin";

interface SetupFormProps {
  origin: Origin;
  initial: () => Led;
  models: Model[];
  datasets: Dataset[];
  firstVisit: boolean;
}

export function SetupForm({ origin, initial, models, datasets, firstVisit }: SetupFormProps) {
  const [begun] = useState(initial);
  const form = useForm<FormValues>({
    defaultValues: begun.values,
    resolver: zodResolver(formRules as never),
    mode: "onChange",
  });
  const values = form.watch();
  const typed = JSON.stringify(values);
  const settled = useSettled(values);
  const estimate = useEstimate(settled);
  const counted = useStatistics(values);
  const forecast = useForecast(settled, counted.statistics !== undefined);
  const { presets, refused } = usePresets(values);
  const suggested = suggestionFor(values, datasets);
  const offered = offers(presets, suggested);
  const guidance = useGuidance(form, begun, { models, datasets }, offered, refused, counted.statistics);
  const { choice, waiting, over, length } = guidance;
  const profile = useProfile(String(values.model_path), models);
  const running = Boolean(useGetTrainingStatusQuery().data?.running);
  const measurement = useMeasurement();
  const { submit, refusal } = useSubmit(origin, typed, { choice, waiting, over, length });

  useEffect(() => {
    // To look at a run's settings is no reason to lose a form that was filled in.
    if (origin.kind === "from" && typed === JSON.stringify(begun.values)) return;
    saveDraft(origin, JSON.parse(typed) as FormValues, { choice, waiting, over, length });
  }, [origin, begun, typed, choice, waiting, over, length]);

  const { server, problems } = useProblems(form, estimate, forecast.error ?? counted.error, refusal);

  const filling = isWaiting(guidance) || isCounting(length, counted);
  const { once: onSubmit, busy } = useOnce(
    form.handleSubmit(async (read) => {
      if (filling) return;
      if (measurement.since !== null) await measurement.cancel();
      await submit(toConfig(read));
    }),
  );

  return (
    <FormProvider {...form}>
      <ServerNotesContext value={server}>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void onSubmit(event);
          }}
          onKeyDown={(event) => onKeyDown(event, onSubmit)}
          className="grid grid-cols-1 items-start gap-x-12 gap-y-6 lg:grid-cols-[minmax(0,640px)_minmax(18rem,24rem)]"
        >
          <div className="grid min-w-0 grid-cols-1 gap-8">
            <div className="grid gap-5">
              <WhereToBegin
                values={values}
                models={models}
                datasets={datasets}
                firstVisit={firstVisit && origin.kind === "new"}
              />
              <WhatSection models={models} datasets={datasets} onChoose={guidance.choosePair} />
              <DroppedNotice dropped={guidance.dropped} />
            </div>
            <HowLong
              guidance={guidance}
              offers={offered}
              refused={refused}
              counted={counted}
              estimate={estimate.shown}
              suggested={suggested}
            />
            <LoraSection profile={profile} estimate={estimate.shown} />
            <MoreSettings profile={profile} />
            <SettingsFiles config={readConfig(values)} onLoad={guidance.load} />
          </div>
          <div
            className={cx(
              "sticky z-10 min-w-0 wide:max-lg:bottom-4 lg:top-4 lg:bottom-auto",
              // Below 800 px the bar at the foot is taller while a run trains.
              running ? "bottom-27" : "bottom-18",
            )}
          >
            <Verdict
              estimate={estimate}
              problems={problems}
              warnings={server.warnings}
              measurement={
                <MeasurementView
                  forecast={forecast}
                  measurement={measurement}
                  config={readConfig(values)}
                  filling={filling}
                  onChange={(changes) => form.reset(withSettings(values, changes))}
                />
              }
              action={<Action origin={origin} busy={busy} running={running} filling={filling} />}
            />
          </div>
        </form>
      </ServerNotesContext>
    </FormProvider>
  );
}

interface ActionProps {
  origin: Origin;
  busy: boolean;
  running: boolean;
  /** settings that shall be in the form are still worked out */
  filling: boolean;
}

function Action({ origin, busy, running, filling }: ActionProps) {
  if (origin.kind === "change")
    return <SaveButton busy={busy} filling={filling} sessionId={origin.sessionId} />;
  return <StartButton busy={busy} waiting={running} filling={filling} />;
}

/** Epochs that were typed are not steps of these batches yet. */
function isCounting(length: Length, { statistics, error }: Counted): boolean {
  if (length.by !== "epochs" || readEpochs(length.epochs ?? "") === null) return false;
  return statistics === undefined && error === null;
}

/** Enter in a field starts nothing; with Ctrl or Cmd it does. */
function onKeyDown(event: KeyboardEvent, submit: () => Promise<void>) {
  if (event.key !== "Enter") return;
  if (event.metaKey || event.ctrlKey) {
    event.preventDefault();
    void submit();
  } else if (event.target instanceof HTMLInputElement) event.preventDefault();
}

/** What a model of the library is made of; undefined until it is read, null for a model that lies elsewhere. */
function useProfile(name: string, models: Model[]): ModelProfile | null | undefined {
  const usable = models.some((model) => model.name === name && !model.problem);
  const { currentData } = useGetModelQuery({ name }, { skip: !usable });
  return usable ? currentData?.profile : null;
}
