import { Empty } from "../../ui/Faces";

export function TrainingPage() {
  return <Empty title="Nothing here yet">This page follows.</Empty>;
}
