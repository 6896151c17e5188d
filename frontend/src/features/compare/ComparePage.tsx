import { Empty } from "../../ui/Faces";

export function ComparePage() {
  return <Empty title="Nothing here yet">This page follows.</Empty>;
}
