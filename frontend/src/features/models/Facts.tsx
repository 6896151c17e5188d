import type { ReactNode } from "react";
import type { Model, ModelDetail } from "../../api";
import { Section } from "../../ui/Card";
import { bytes, count, whole } from "../../ui/format";
import { Num } from "../../ui/Num";
import { contextInWords, parametersInWords, unknown } from "./words";

export function Facts({ model, detail }: { model: Model; detail: ModelDetail | undefined }) {
  const { parameters, size_bytes, num_layers, repo_id } = model;
  return (
    <Section title="Facts">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-8 gap-y-1.5">
        <Fact name="Architecture">{model.model_type ?? unknown}</Fact>
        <Fact name="Parameters">
          {parameters === null ? unknown : <Num short={parametersInWords(parameters)} full={parameters} />}
        </Fact>
        <Fact name="Precision">
          <span className="mono">{model.precision ?? unknown}</span>
        </Fact>
        <Fact name="Layers">
          {num_layers === null ? unknown : <span className="mono">{whole(num_layers)}</span>}
          {detail && (
            <span className="text-soft">
              {" "}
              of width <span className="mono">{whole(detail.profile.hidden_size)}</span>
            </span>
          )}
        </Fact>
        <Fact name="Context">
          <span className="mono">{contextInWords(model.context_length)}</span>
        </Fact>
        <Fact name="Chat template">
          {model.has_chat_template ? "yes" : "none: prompts are continued as plain text"}
        </Fact>
        <Fact name="Licence">{model.licence ?? "none named"}</Fact>
        <Fact name="On disk">
          <Num short={bytes(size_bytes)} full={`${count(size_bytes)} bytes`} />
          {model.origin === "link" && <span className="text-soft">, linked: it lies elsewhere</span>}
        </Fact>
        {repo_id && (
          <Fact name="From">
            <span className="mono [overflow-wrap:anywhere]">{repo_id}</span>
          </Fact>
        )}
      </dl>
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
