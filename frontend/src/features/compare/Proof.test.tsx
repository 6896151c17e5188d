import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { adapterDetails } from "../../test/answers";
import { showPage } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { Proof } from "./Proof";

const server = startServerDouble();
const address = `${location.origin}/api/models/verify`;
const proof = {
  live: true,
  equals_stock: true,
  tokens: 40,
  max_difference_to_base: 0.5,
  mean_difference_to_base: 0.1,
  max_difference_to_stock: 1.2e-6,
  tolerance: 1e-4,
  changed_top_tokens: 3,
  verdict: "voice-1.2 is live, and equal to what mlx_lm loads. It moves the logits by up to 0.5.",
  notes: [],
  adapter_details: adapterDetails,
  seconds: 2,
};
const show = () => showPage(<Proof model_name="tiny" adapter_name="voice-1.2" />, "/");
const prove = async () => userEvent.click(await screen.findByRole("button", { name: "Prove it" }));

test("while it is measured the seconds count, and to cancel hangs up and leaves no verdict", async () => {
  let hungUp = false;
  server.use(
    http.post(address, async ({ request }) => {
      request.signal.addEventListener("abort", () => {
        hungUp = true;
      });
      await delay("infinite");
    }),
  );
  show();
  await prove();
  await screen.findByText(/mlx_lm loads the folder in a process of its own, and the two are compared/);
  await screen.findByText("1 s");
  const cancel = screen.getByRole("button", { name: "Cancel" });
  expect(document.activeElement).toBe(cancel);
  await userEvent.click(cancel);
  await waitFor(() => expect(hungUp).toBe(true));
  await screen.findByRole("button", { name: "Prove it" });
  expect(screen.queryByRole("alert")).toBeNull();

  server.use(http.post(address, () => HttpResponse.json(proof)));
  await prove();
  await screen.findByRole("button", { name: "Prove it again" });
});

test("the finding stands first by itself, also of a name with points", async () => {
  server.use(http.post(address, () => HttpResponse.json(proof)));
  show();
  await prove();
  await screen.findByText("voice-1.2 is live, and equal to what mlx_lm loads.");
  screen.getByText("It moves the logits by up to 0.5.");
});
