/** What is wrong or doubtful about each field, from the form's own rules, a refused start and the estimate. */

import { createContext, useContext } from "react";
import { useFormContext } from "react-hook-form";
import { applies } from "./applies";
import type { FieldName, FormValues } from "./fields";

export interface Note {
  field: string;
  message: string;
}

export interface ServerNotes {
  problems: Note[];
  warnings: Note[];
}

export const ServerNotesContext = createContext<ServerNotes>({ problems: [], warnings: [] });

export function useFieldNotes(name: FieldName): { error: string | undefined; warning: string | undefined } {
  const { formState } = useFormContext<FormValues>();
  const { problems, warnings } = useContext(ServerNotesContext);
  return {
    error: formState.errors[name]?.message ?? messageFor(problems, name),
    warning: messageFor(warnings, name),
  };
}

/** Whether something is wrong with one of several fields. */
export function useProblemAmong(names: FieldName[]): boolean {
  const { formState, watch } = useFormContext<FormValues>();
  const { problems } = useContext(ServerNotesContext);
  const values = watch();
  const wrong = (name: FieldName) => formState.errors[name] || messageFor(problems, name);
  return names.some((name) => applies(name, values) && wrong(name));
}

function messageFor(notes: Note[], name: string): string | undefined {
  return notes.find((note) => note.field === name)?.message;
}
