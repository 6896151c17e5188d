import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { Conversion, Model } from "../../api";
import { conversion, job, model } from "../../test/models";
import { showRoute } from "../../test/page";
import { startServerDouble } from "../../test/server";
import { ModelPage } from "./ModelPage";

const server = startServerDouble();
const at = (path: string) => `${location.origin}/api/${path}`;
const estimate = {
  size_before_bytes: 4e6,
  size_bytes: 1.2e6,
  bits_per_weight: 4.5,
  free_bytes: 9e9,
  sentence: "The weights will take 1.2 MB instead of 4.0 MB.",
  notes: [],
  problem: null,
};

function serve(models: Model[], conversions: Conversion[] = []) {
  server.use(
    http.get(at("models"), () => HttpResponse.json(models)),
    http.get(at("conversions"), () => HttpResponse.json(conversions)),
  );
}

const show = (search = "") => showRoute("/models/:name", <ModelPage />, `/models/tiny${search}`);

beforeEach(() => {
  const profile = { model_type: "llama", hidden_size: 64, total_parameters: 1, num_layers: 4, modules: [] };
  server.use(
    http.get(at("models/:name"), () =>
      HttpResponse.json({ ...model, fingerprint: "f", profile: { ...profile, parameters: [] } }),
    ),
    http.get(at("datasets"), () => HttpResponse.json([{ name: "rows", problem: null }])),
    http.post(at("models/convert/estimate"), () => HttpResponse.json(estimate)),
  );
});

test("a model leads to training, comparing and chatting with it", async () => {
  serve([model]);
  show();
  const target = async (name: string) => (await screen.findByRole("link", { name })).getAttribute("href");
  expect(await target("Train on this")).toBe("/setup?model=tiny");
  expect(await target("Compare")).toBe("/compare?base=tiny");
  expect(await target("Chat")).toBe("/compare?base=tiny&adapter=&mode=conversation");
  screen.getByText("LoRA fits");
});

test.each([
  [{}, "Delete", /the 4\.0 MB in it will be gone/, "Delete 4.0 MB"],
  [
    { origin: "link", linked_to: "/elsewhere/tiny" },
    "Remove",
    /Only the link goes.*\/elsewhere\/tiny/,
    "Remove the link",
  ],
] as const)("deleting asks, and says what goes: %j", async (changes, open, sentence, confirm) => {
  let deleted = false;
  serve([{ ...model, ...changes }]);
  server.use(
    http.delete(at("models/tiny"), () => {
      deleted = true;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const router = show();
  await userEvent.click(await screen.findByRole("button", { name: open }));
  const dialog = within(await screen.findByRole("alertdialog"));
  expect(screen.getByRole("alertdialog").textContent).toMatch(sentence);
  expect(deleted).toBe(false);
  await userEvent.click(dialog.getByRole("button", { name: confirm }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/models"));
  expect(deleted).toBe(true);
});

test("a model in use cannot be deleted, and says why", async () => {
  serve([{ ...model, in_use: "voice trains on it." }]);
  show();
  expect(((await screen.findByRole("button", { name: "Delete" })) as HTMLButtonElement).disabled).toBe(true);
  screen.getByText("It cannot be deleted now: voice trains on it.");
});

test("the size is said before, the conversion asks for what is shown, and its cost stands here after", async () => {
  serve([model]);
  let asked: unknown;
  server.use(
    http.post(at("models/convert"), async ({ request }) => {
      asked = await request.json();
      serve([model], [{ ...conversion, job: { ...conversion.job, state: "running" }, result: null }]);
      return HttpResponse.json({ ...job, title: "tiny to 8 bit: tiny-8bit" }, { status: 201 });
    }),
  );
  const router = show();
  await screen.findByText(estimate.sentence);
  await userEvent.click(screen.getByRole("radio", { name: "8 bit" }));
  expect(router.state.location.search).toBe("?to=8");
  await userEvent.click(screen.getByRole("button", { name: "Convert" }));
  await screen.findByRole("progressbar", { name: "Progress of tiny to 4 bit: tiny-4bit" });
  serve([model, { ...model, name: "tiny-4bit" }], [conversion]);
  await screen.findByText(/^A small loss/);
  const made = within(screen.getByRole("listitem", { name: "tiny to 4 bit: tiny-4bit" }));
  expect(asked).toMatchObject({ model_name: "tiny", name: "tiny-8bit", bits: 8, mixed: null, dtype: null });
  made.getByText("A small loss: perplexity rose by 3.05% on the general text.");
  expect(made.getByRole("row", { name: /^Perplexity/ }).textContent).toBe("Perplexity7.397.61+3.05%");
  await userEvent.click(made.getByRole("link", { name: "tiny-4bit" }));
  await screen.findByRole("heading", { name: "This was made of tiny: 4 bit" });
});

test("what cannot be made now is said before, and nothing can be started", async () => {
  serve([model]);
  server.use(
    http.post(at("models/convert/estimate"), () =>
      HttpResponse.json({ ...estimate, problem: "There is a model named tiny-4bit already." }),
    ),
  );
  show();
  await screen.findByText("There is a model named tiny-4bit already.");
  expect((screen.getByRole("button", { name: "Convert" }) as HTMLButtonElement).disabled).toBe(true);
});

test.each([
  ["model_name", "tiny is quantised already."],
  ["measure_on", "sums has no held-out rows."],
  ["dtype", "float16 holds no such numbers."],
])("a refusal about %s, which no open field shows, is said above the button", async (field, message) => {
  serve([model]);
  server.use(
    http.post(at("models/convert/estimate"), () =>
      HttpResponse.json({ detail: message, code: "x", fields: [{ field, message }] }, { status: 400 }),
    ),
  );
  show();
  const notice = within(
    (await screen.findByText("This cannot be made")).closest("[role=alert]") as HTMLElement,
  );
  notice.getByText(message);
  expect((screen.getByRole("button", { name: "Convert" }) as HTMLButtonElement).disabled).toBe(true);
});

test("a refusal that stands at its field is not said twice", async () => {
  serve([model]);
  const message = "There is a model named so already.";
  server.use(
    http.post(at("models/convert"), () =>
      HttpResponse.json(
        { detail: message, code: "name_taken", fields: [{ field: "name", message }] },
        { status: 409 },
      ),
    ),
  );
  show();
  await screen.findByText(estimate.sentence);
  await userEvent.click(screen.getByRole("button", { name: "Convert" }));
  await screen.findByText(message);
  expect(screen.queryByText("This cannot be made")).toBeNull();
});

test("what a model was made of is told on its own page", async () => {
  const request = { ...conversion.request, model_name: "large", name: "tiny" };
  serve([model], [{ ...conversion, request }]);
  show();
  await screen.findByRole("heading", { name: "This was made of large: 4 bit" });
});

test("a conversion whose name was taken meanwhile is told on the page of the model that it became", async () => {
  const request = { ...conversion.request, model_name: "large", name: "tiny-4bit" };
  const result = conversion.result && { ...conversion.result, name: "tiny" };
  serve([model], [{ ...conversion, request, result }]);
  show();
  await screen.findByRole("heading", { name: "This was made of large: 4 bit" });
});

test("a model that cannot be read keeps its facts, and one that is not there is said", async () => {
  serve([{ ...model, problem: "config.json is no JSON.", fits: [] }]);
  show();
  await screen.findByText("config.json is no JSON.");
  expect(screen.queryByRole("link", { name: "Train on this" })).toBeNull();
  screen.getByRole("button", { name: "Delete" });
});

test("a name that the library does not have is said", async () => {
  serve([]);
  show();
  await screen.findByText("There is no such model");
});
