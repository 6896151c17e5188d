/** One blind round: who stands where, what a key chooses, why a round counts for nothing, and the vote. Pure. */

import type { CompareRequest, InferenceResponse, NewVote } from "../../../api";
import type { ColumnState } from "../columnStates";
import { asColumn, type ColumnPlan } from "../columns";
import type { Sampling } from "../settings";
import type { Question } from "./questions";

export const fewestContestants = 2;
export const mostContestants = 3;
export const letters = ["A", "B", "C"];

/** A number is the place of the better answer. */
export type Choice = number | "tie" | "both_bad";

/** A column that ended with a whole answer. */
export type AnsweredColumn = ColumnState & { answer: InferenceResponse };

export interface Round {
  question: Question;
  contestants: ColumnPlan[];
  answers: AnsweredColumn[];
  /** which contestant stands in each place */
  order: number[];
  request: CompareRequest;
}

const largestSeed = 2 ** 31;

/** One seed for all, also where none was given. */
export function requestOf(
  model: string,
  question: Question,
  contestants: ColumnPlan[],
  sampling: Sampling,
): CompareRequest {
  return {
    ...sampling,
    seed: sampling.seed ?? randomBelow(largestSeed),
    model_name: model,
    prompt: question.prompt,
    system_prompt: question.system ?? sampling.system_prompt ?? null,
    columns: contestants.map((contestant) => asColumn(contestant, question.history)),
  };
}

/** The numbers below `count` in an order that nobody can foresee (Fisher and Yates). */
export function shuffledOrder(count: number, below = randomBelow): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = below(last + 1);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}

function randomBelow(limit: number): number {
  const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1));
  return Math.floor((drawn / 2 ** 32) * limit);
}

/** Why the answers cannot be judged against one another; null where they can. */
export function voidReason(columns: ColumnState[], contestants: ColumnPlan[]): string | null {
  const failed = columns.findIndex(({ answer }) => !answer || answer.finish_reason === "cancelled");
  if (failed >= 0) {
    const why = columns[failed]?.problem?.detail ?? "Its answer was stopped before it was complete.";
    return `${nameOf(contestants[failed])} gave no answer. ${why}`;
  }
  const weights = columns.map(({ answer }) => weightsKey(answer));
  const twice = weights.findIndex((key, index) => weights.indexOf(key) !== index);
  if (twice < 0) return null;
  const first = contestants[weights.indexOf(weights[twice] ?? "")];
  return `${nameOf(first)} and ${nameOf(contestants[twice])} are the same weights, so there is nothing to choose. Take others.`;
}

function weightsKey(answer: InferenceResponse | null): string {
  const { content_hash, scale } = answer?.adapter_details ?? {};
  return `${content_hash} ${scale}`;
}

export function nameOf(contestant: ColumnPlan | undefined): string {
  if (!contestant) return "One contestant";
  return `${contestant.name} (${contestant.weights})`;
}

export function choiceOfKey(key: string, count: number): Choice | null {
  if (key === "0") return "both_bad";
  if (key === "t" || key === "T" || key === "=") return "tie";
  const place = ["1", "2", "3"].slice(0, count).indexOf(key);
  return place < 0 ? null : place;
}

export function voteOf({ question, answers, order, request }: Round, choice: Choice): NewVote {
  const { model_name, system_prompt, columns: _, prompt: __, ...sampling } = request;
  return {
    model: model_name,
    base_fingerprint: answers[0]?.answer.adapter_details.base_fingerprint ?? "",
    prompt: question.prompt,
    system_prompt: system_prompt ?? null,
    history: question.history,
    sampling,
    candidates: answers.map(({ answer: { response, finish_reason, adapter_details: details } }) => ({
      adapter_name: details.name,
      type: details.type,
      step: details.step,
      content_hash: details.content_hash,
      scale: details.scale,
      text: response,
      finish_reason,
    })),
    order,
    outcome: typeof choice === "number" ? (order[choice] as number) : choice,
  };
}
