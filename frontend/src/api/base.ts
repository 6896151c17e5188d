/** The one way to the server: every failure arrives as a sentence, also where there was no answer. */

import { type BaseQueryFn, createApi, type FetchArgs, fetchBaseQuery } from "@reduxjs/toolkit/query/react";

export interface ApiError {
  status: number | "offline";
  detail: string;
  code: string;
  fields: { field: string; message: string }[];
}

const fetchJson = fetchBaseQuery({ baseUrl: location.origin, responseHandler: "content-type" });

const baseQuery: BaseQueryFn<string | FetchArgs, unknown, ApiError> = async (args, api, extra) => {
  const { data, error, meta } = await fetchJson(args, api, extra);
  return error ? { error: toApiError(error), meta } : { data, meta };
};

export const baseApi = createApi({ baseQuery, endpoints: () => ({}) });

export function toApiError(error: { status: number | string; data?: unknown }): ApiError {
  if (typeof error.status !== "number") {
    const unreadable = error.status === "PARSING_ERROR";
    return {
      status: "offline",
      detail: unreadable
        ? "The server's answer could not be read. Is another program answering on this address?"
        : "The server does not answer. Start it again with ./start.sh; nothing typed here is lost.",
      code: unreadable ? "unreadable" : "offline",
      fields: [],
    };
  }
  const body = (error.data ?? {}) as Partial<ApiError>;
  return {
    status: error.status,
    detail: body.detail ?? `The server answered with status ${error.status}.`,
    code: body.code ?? "unknown",
    fields: body.fields ?? [],
  };
}

/** What a query or mutation hook gives as `error`, when it comes from the server and not from our own code. */
export function asApiError(error: unknown): ApiError {
  if (typeof error === "object" && error !== null && "detail" in error) return error as ApiError;
  const detail =
    error instanceof Error ? error.message : String((error as { message?: string })?.message ?? error);
  return { status: "offline", detail, code: "page_error", fields: [] };
}
