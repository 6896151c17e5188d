/** The longer reasons behind settings, for those that have one; each is opened in place. */

import type { ReactNode } from "react";
import { Why } from "../../ui/Disclosure";
import type { FieldName } from "./fields";

const reasons: Partial<Record<FieldName, { label: string; text: string }>> = {
  lora_rank: {
    label: "How large should it be?",
    text:
      "The rank bounds how much new an adapter can hold. For a voice or a format 8 is plenty; for facts from " +
      "thousands of examples 32 to 64. A rank that is too large costs memory and little else, one that is too " +
      "small stops learning early.",
  },
  grad_checkpoint: {
    label: "What does it cost?",
    text:
      "Only the input of every layer is kept, and the layer is computed again on the way back: the memory of one " +
      "layer instead of all, for about a third more time. The result is the same.",
  },
  grad_accumulation_steps: {
    label: "What is it for?",
    text:
      "Gradients of several batches are added up before the weights move. Four batches of 2 learn what one batch " +
      "of 8 learns, in the memory of 2.",
  },
  max_seq_length: {
    label: "What does it cost?",
    text:
      "Memory grows with the longest examples that meet in a batch. Cutting a few very long ones saves much of it, " +
      "but what is cut off is not learned.",
  },
  mask_prompt: {
    label: "When does it help?",
    text:
      "Where prompts are long or all alike, the loss on them drowns that on the answers. Where prompts are " +
      "themselves worth imitating, leave it off.",
  },
  early_stop: {
    label: "Why stop early?",
    text:
      "When the validation loss rises while the training loss falls, the run learns its examples by heart. The best " +
      "checkpoint is kept in either case.",
  },
  lr_schedule: {
    label: "Which one?",
    text:
      "Constant is the simplest and lets a run be trained further. A rate that falls to zero often ends a little " +
      "lower in longer runs.",
  },
  batch_size: {
    label: "Is larger better?",
    text:
      "A larger batch makes a steadier step, and LoRA loses more by very large ones than full fine-tuning does. " +
      "8 to 16 examples a step, accumulated if need be, suit most data.",
  },
};

export function whyOf(name: FieldName): ReactNode {
  const reason = reasons[name];
  return (
    reason && (
      <Why label={reason.label}>
        <p>{reason.text}</p>
      </Why>
    )
  );
}
