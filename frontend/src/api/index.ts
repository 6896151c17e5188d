/** The generated hooks, with what a change makes stale beyond its own kind. */

import type { ThunkDispatch, UnknownAction } from "@reduxjs/toolkit";
import { useDispatch } from "react-redux";
import { addTagTypes, api as generated } from "./generated";

export * from "./generated";

/** Every kind of answer: what to ask anew after the server was away. */
export const everything = addTagTypes;

export const api = generated.enhanceEndpoints({
  endpoints: {
    deleteSession: { invalidatesTags: ["training", "adapters"] },
    // Jobs are shown as what they make, too.
    cancelJob: { invalidatesTags: ["jobs", "evaluations", "conversions"] },
    deleteJob: { invalidatesTags: ["jobs", "evaluations", "conversions"] },
    convertModel: { invalidatesTags: ["jobs", "conversions"] },
    downloadModel: { invalidatesTags: ["jobs", "hub"] },
    addModel: { invalidatesTags: ["models", "hub"] },
    deleteModel: { invalidatesTags: ["models", "hub"] },
    // An answer changes nothing.
    runInference: { invalidatesTags: [] },
    // What was measured tells how long other runs would take.
    measureTraining: { invalidatesTags: ["forecast"] },
    cancelPreflight: { invalidatesTags: [] },
    readSettingsText: { invalidatesTags: [] },
  },
});

interface ApiState {
  [api.reducerPath]: ReturnType<typeof api.reducer>;
}

export const useApiDispatch = useDispatch.withTypes<ThunkDispatch<ApiState, unknown, UnknownAction>>();
