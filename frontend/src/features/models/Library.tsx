import { Plus } from "lucide-react";
import type { Model } from "../../api";
import { ButtonLink } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { bytes, plural } from "../../ui/format";
import { TextInput } from "../../ui/TextInput";
import { useAddress } from "../../ui/useAddress";
import { useWide } from "../../ui/useWide";
import { ModelCards, ModelTable } from "./ModelList";
import { matching } from "./matching";

const worthSearching = 8;

export function Library({ models }: { models: Model[] }) {
  const { search, change } = useAddress();
  const wanted = search.get("find") ?? "";
  const found = matching(models, wanted);
  const List = useWide() ? ModelTable : ModelCards;
  const find = (text: string) => void change(() => new URLSearchParams(text ? { find: text } : {}));
  return (
    <section aria-label="In the library" className="grid grid-cols-1 gap-5">
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <p className="text-soft">
          {plural(models.length, "model")}, {sizeOf(models)} on disk
        </p>
        <ButtonLink to="/models?get=hub" look="primary">
          <Plus aria-hidden />
          Get a model
        </ButtonLink>
      </div>
      {models.length > worthSearching && (
        <Field label="Find" className="max-w-sm">
          {(control) => (
            <TextInput
              {...control}
              type="search"
              placeholder="Name, architecture, precision or licence"
              value={wanted}
              onChange={(event) => find(event.target.value)}
            />
          )}
        </Field>
      )}
      {found.length > 0 ? (
        <List models={found} />
      ) : (
        <p className="text-soft">No model has “{wanted}” in its name, architecture, precision or licence.</p>
      )}
    </section>
  );
}

/** What a link points to lies elsewhere, and counts there. */
function sizeOf(models: Model[]): string {
  const own = models.filter(({ origin }) => origin === "library");
  return bytes(own.reduce((sum, { size_bytes }) => sum + size_bytes, 0));
}
