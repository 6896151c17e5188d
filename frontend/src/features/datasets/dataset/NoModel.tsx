import { Empty } from "../../../ui/Faces";

export function NoModel() {
  return (
    <Empty title="There is no model yet">
      Tokens are what a model's own tokenizer makes of a row. With a model under artifacts/base_model they
      stand here.
    </Empty>
  );
}
