import type { Dataset, Model } from "../../../api";
import type { Split } from "../words";
import type { Shown } from "./address";

/** What every view of a data set through a model's tokenizer is given. */
export interface PanelProps {
  dataset: Dataset;
  split: Split;
  models: Model[];
  shown: Shown;
  change: (changes: Partial<Shown>) => void;
}
