import { useMemo } from "react";
import type { UseFormReturn } from "react-hook-form";
import type { ApiError } from "../../api/base";
import { applies } from "./applies";
import { type FormValues, fieldNames, isFieldName } from "./fields";
import type { Note, ServerNotes } from "./notes";
import type { Estimate } from "./useEstimate";

/** What the server says about the form, and all problems together: the form's own first, one a field. */
export function useProblems(
  form: UseFormReturn<FormValues>,
  estimate: Estimate,
  aboutData: ApiError | null,
  refusal: ApiError | null,
) {
  const server = useMemo(() => serverNotes(estimate, aboutData, refusal), [estimate, aboutData, refusal]);
  const values = form.watch();
  const own = fieldNames.flatMap((name): Note[] => {
    const message = form.formState.errors[name]?.message;
    return message && applies(name, values) ? [{ field: name, message }] : [];
  });
  const said = new Set(own.map(({ field }) => field));
  return { server, problems: [...own, ...server.problems.filter(({ field }) => !said.has(field))] };
}

/** What reads the data too comes after the estimate, which does not. */
function serverNotes(estimate: Estimate, aboutData: ApiError | null, refusal: ApiError | null): ServerNotes {
  const refused = refusal ?? estimate.error ?? aboutData;
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
