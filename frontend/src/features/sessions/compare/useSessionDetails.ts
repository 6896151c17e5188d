import { useEffect, useMemo } from "react";
import { shallowEqual, useSelector } from "react-redux";
import { api, type SessionDetail, useApiDispatch } from "../../../api";
import { type ApiError, asApiError } from "../../../api/base";

/** Asked for again and again: another page or a script may let one go on, or delete it. */
const pollingInterval = 4000;

export interface Asked {
  session: SessionDetail | null;
  /** why there is none */
  problem: ApiError | null;
}

/** Several sessions, each asked for by itself. */
export function useSessionDetails(sessionIds: string[]): Asked[] {
  const dispatch = useApiDispatch();
  const ids = sessionIds.join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is made anew with every drawing, its members count
  useEffect(() => {
    const asked = sessionIds.map((sessionId) =>
      dispatch(
        api.endpoints.getSession.initiate(
          { sessionId },
          { forceRefetch: true, subscriptionOptions: { pollingInterval } },
        ),
      ),
    );
    return () => {
      for (const { unsubscribe } of asked) unsubscribe();
    };
  }, [dispatch, ids]);

  type State = Parameters<ReturnType<typeof api.endpoints.getSession.select>>[0];
  const answers = useSelector(
    (state: State) =>
      sessionIds.flatMap((sessionId) => {
        const { data, error } = api.endpoints.getSession.select({ sessionId })(state);
        return [data, error];
      }),
    shallowEqual,
  );
  return useMemo(() => {
    const asked: Asked[] = [];
    for (let place = 0; place < answers.length; place += 2) {
      asked.push(toAsked(answers[place] as SessionDetail | undefined, answers[place + 1]));
    }
    return asked;
  }, [answers]);
}

/** What was deleted is gone, though it was read before; a server that is away is only silent. */
function toAsked(data: SessionDetail | undefined, error: unknown): Asked {
  const problem = error ? asApiError(error) : null;
  if (problem?.status === 404) return { session: null, problem };
  return { session: data ?? null, problem: data ? null : problem };
}
