import { type ImportDraft, type ImportLook, type Mapping, useLookAtImportQuery } from "../../../api";
import { type ApiError, asApiError } from "../../../api/base";
import type { Edited } from "./edited";
import { missingFields } from "./mapping";

export interface Look {
  /** the last answer; kept while another one is on its way, or while a column is missing */
  known: ImportLook | undefined;
  /** what is chosen, else what was detected; null where nothing was */
  mapping: Mapping | null;
  /** required fields without a column */
  missing: string[];
  fetching: boolean;
  problem: ApiError | null;
  retry: () => void;
}

/** The first rows of a draft, as the mapping makes them. */
export function useLook({ id }: ImportDraft, edited: Edited): Look {
  const detected = useLookAtImportQuery({ draftId: id, lookRequest: {} });
  const shape = detected.data?.shapes.find(({ shape }) => shape === edited.mapping?.shape);
  const chosen = edited.mapping && shape ? edited.mapping : null;
  const missing = chosen && shape ? missingFields(shape, chosen) : [];
  const mapped = useLookAtImportQuery(
    { draftId: id, lookRequest: { mapping: chosen } },
    { skip: chosen === null || missing.length > 0 },
  );
  const asked = chosen === null ? detected : mapped;
  return {
    known: asked.data ?? detected.data,
    mapping: chosen ?? detected.data?.mapping ?? null,
    missing,
    fetching: asked.isFetching,
    problem: asked.isError ? asApiError(asked.error) : null,
    retry: () => void asked.refetch(),
  };
}
