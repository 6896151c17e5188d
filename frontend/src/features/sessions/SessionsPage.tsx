import { Empty } from "../../ui/Faces";

export function SessionsPage() {
  return <Empty title="Nothing here yet">This page follows.</Empty>;
}
