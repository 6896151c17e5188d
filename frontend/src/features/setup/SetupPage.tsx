import { useMemo } from "react";
import { NavigationType, useLocation, useNavigationType, useSearchParams } from "react-router";
import {
  type SessionDetail,
  useGetSessionQuery,
  useGetTrainingStatusQuery,
  useListAdaptersQuery,
  useListDatasetsQuery,
  useListModelsQuery,
} from "../../api";
import { asApiError } from "../../api/base";
import { Button } from "../../ui/Button";
import { Failure, Loading } from "../../ui/Faces";
import { again, asItIs } from "./again";
import type { Pair } from "./carry";
import { loadDraft, type Origin } from "./draft";
import { defaults } from "./form";
import { begin, choosePair, type Led, unguided } from "./guidance";
import { Again, CannotChange, Changing, canChange } from "./OriginNotice";
import { SetupForm } from "./SetupForm";
import { firstChoice } from "./suggestions";

/**
 * `?from=<session>` fills the form with the settings of that run, `?change=<session>` changes one that waits;
 * `?model=<name>` and `?data=<name>` choose these, also with another's settings.
 */
export function SetupPage() {
  const origin = useOrigin();
  const wanted = useWanted();
  const reloaded = useReloaded();
  const sessionId = origin.kind === "new" ? null : origin.sessionId;
  const models = useListModelsQuery();
  const datasets = useListDatasetsQuery();
  const earlier = useGetSessionQuery({ sessionId: sessionId ?? "" }, { skip: sessionId === null });
  const adapters = useListAdaptersQuery();
  const status = useGetTrainingStatusQuery();

  const needed = [models, datasets, adapters, status, ...(sessionId ? [earlier] : [])];
  const failed = needed.find(({ isError, data }) => isError && !data);
  if (failed)
    return (
      <Failure
        title={failed === earlier ? "The run could not be read" : "Models and data could not be listed"}
        problem={asApiError(failed.error)}
        onRetry={<Button onClick={() => needed.map(({ refetch }) => refetch())}>Try again</Button>}
      />
    );
  const session = sessionId ? earlier.currentData : null;
  if (!models.data || !datasets.data || !adapters.data || !status.data || session === undefined)
    return <Loading label="Looking for models and data" />;
  if (session && origin.kind === "change" && !canChange(session)) return <CannotChange session={session} />;

  const { running, queue } = status.data;
  const taken = [
    ...adapters.data.map(({ name }) => name),
    ...[running, ...queue].map((one) => one?.adapter_name ?? ""),
  ];
  const libraries = [models.data, datasets.data] as const;
  const initial = (): Led => {
    const draft = loadDraft(origin, reloaded);
    const begun: Led | null = draft && { ...draft, guidance: draft.guidance ?? unguided, dropped: [] };
    if (begun) return reloaded ? begun : choosePair(begun, wanted, ...libraries);
    if (session) {
      const values = origin.kind === "change" ? asItIs(session) : again(session, taken);
      return choosePair({ values, guidance: unguided, dropped: [] }, wanted, ...libraries);
    }
    const { model, data } = firstChoice(...libraries, wanted);
    return begin({ ...defaults(), model_path: model, train_data_path: data }, datasets.data ?? []);
  };
  return (
    <>
      {session && <OriginNotice session={session} origin={origin} />}
      <SetupForm
        key={[origin.kind, sessionId, wanted.model_path, wanted.train_data_path].join(" ")}
        origin={origin}
        initial={initial}
        models={models.data}
        datasets={datasets.data}
        firstVisit={adapters.data.length === 0 && !running && queue.length === 0}
      />
    </>
  );
}

function OriginNotice({ session, origin }: { session: SessionDetail; origin: Origin }) {
  return origin.kind === "change" ? <Changing session={session} /> : <Again session={session} />;
}

/** Whether the page is here again, by a reload or the way back, and was not opened by a link. */
function useReloaded(): boolean {
  const again = useNavigationType() === NavigationType.Pop;
  const first = useLocation().key === "default";
  const [opened] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return again && !(first && opened?.type === "navigate");
}

function useOrigin(): Origin {
  const [search] = useSearchParams();
  const change = search.get("change");
  const from = search.get("from");
  return useMemo(() => {
    if (change) return { kind: "change", sessionId: change };
    return from ? { kind: "from", sessionId: from } : { kind: "new" };
  }, [change, from]);
}

/** The model and data that the address asks for. */
function useWanted(): Pair {
  const [search] = useSearchParams();
  const model = search.get("model");
  const data = search.get("data");
  return useMemo(
    () => ({ ...(model && { model_path: model }), ...(data && { train_data_path: data }) }),
    [model, data],
  );
}
