import { Empty } from "../../ui/Faces";

export function SetupPage() {
  return <Empty title="Nothing here yet">This page follows.</Empty>;
}
