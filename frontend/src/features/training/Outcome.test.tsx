import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { SessionDetail } from "../../api";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { Outcome } from "./Outcome";
import { newRecord } from "./runRecord";

startServerDouble();
const failed = (iteration: number) =>
  ({
    id: "run",
    state: "failed",
    iteration,
    iterations: 2000,
    resumes_after: iteration,
    config: {},
  }) as SessionDetail;

test.each([
  [525, 548, "Failed after step 548"],
  [525, 0, "Failed after step 525"],
  [0, 4, "Failed after step 4"],
  [0, 0, "Failed before the first step"],
])("saved after %i and reported to %i: %s", (saved, reported, words) => {
  showPage(
    <Outcome session={failed(saved)} record={{ ...newRecord(), iteration: reported }} />,
    "/training/run",
  );
  expect(screen.getByText(words)).toBeTruthy();
});
