/** Sends one file into an import. Knows the request and its progress, no page: fetch says nothing of what was sent so far. */

import { type ApiError, toApiError } from "../../../api/base";

/** An ApiError that can be thrown. */
export class UploadError extends Error {
  readonly problem: ApiError;

  constructor(problem: ApiError) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Throws UploadError where the server refuses or does not answer, and the signal's reason where it was aborted. */
export function uploadFile(
  importId: string,
  name: string,
  file: Blob,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const place = name.split("/").map(encodeURIComponent).join("/");
    request.open("PUT", `/api/imports/${encodeURIComponent(importId)}/files/${place}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () =>
      request.status < 300 ? done() : failed(new UploadError(refusal(request.status, request.responseText)));
    request.onerror = () => failed(new UploadError(toApiError({ status: "FETCH_ERROR" })));
    request.onabort = () => failed(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    if (signal.aborted) failed(signal.reason);
    else request.send(file);
  });
}

function refusal(status: number, text: string): ApiError {
  try {
    return toApiError({ status, data: JSON.parse(text) });
  } catch {
    return toApiError({ status });
  }
}
