import { type Model, useListModelsQuery } from "../../../api";
import { jobHasEnded } from "../../../api/job";
import { Section } from "../../../ui/Card";
import { ConversionList } from "./ConversionList";
import { ConvertForm } from "./ConvertForm";
import { CostView } from "./CostView";
import { called } from "./recipe";
import { useConversions } from "./useConversions";

/** Makes smaller copies of a model and says what that cost; those made earlier stand beside. */
export function ConvertSection({ model }: { model: Model }) {
  const { made, origin } = useConversions(model.name);
  const { data: models = [] } = useListModelsQuery();
  const coming = made.filter(({ job }) => !jobHasEnded(job)).map(({ request }) => request.name);
  return (
    <Section title="Convert and quantise">
      {origin?.result && (
        <div className="mb-8 max-w-[640px]">
          <h3 className="mb-2 font-medium [overflow-wrap:anywhere]">
            This was made of {origin.request.model_name}: {called(origin.request)}
          </h3>
          <CostView result={origin.result} />
        </div>
      )}
      <div className="grid grid-cols-1 gap-x-12 gap-y-10 lg:grid-cols-2">
        <ConvertForm model={model} taken={[...models.map(({ name }) => name), ...coming]} />
        <ConversionList conversions={made} />
      </div>
    </Section>
  );
}
