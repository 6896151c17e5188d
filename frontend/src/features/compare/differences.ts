/** Which words of an answer differ from another's. Pure. */

import { diffArrays } from "diff";

export interface Piece {
  text: string;
  different: boolean;
}

export interface Differences {
  /** the whole answer again, in pieces */
  pieces: Piece[];
  /** of the words of both, how many stand in both in the same order; 1 where neither has any */
  equalShare: number;
}

const patienceMs = 300;
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/** null where the two are so long and so different that finding out would hold up the page. */
export function differences(reference: string, answer: string): Differences | null {
  const segments = segmented(answer);
  const words = segments.filter(({ isWord }) => isWord).map(({ text }) => text);
  const others = segmented(reference)
    .filter(({ isWord }) => isWord)
    .map(({ text }) => text);
  const changes = diffArrays(others, words, { timeout: patienceMs });
  if (!changes) return null;

  const kept = changes.filter(({ removed }) => !removed);
  const marks = kept.flatMap(({ added, value }) => value.map(() => added));
  const equal = marks.filter((added) => !added).length;
  const total = words.length + others.length;
  let word = 0;
  const marked = segments.map(({ text, isWord }) => ({
    text,
    different: isWord ? (marks[word++] ?? false) : null,
  }));
  return { pieces: joined(marked), equalShare: total === 0 ? 1 : (2 * equal) / total };
}

interface Segment {
  text: string;
  isWord: boolean;
}

/** Words, and what stands between them. Cut at spaces first, as every segment of a text carries a copy of the whole. */
function segmented(text: string): Segment[] {
  return (text.match(/\s+|\S+/gu) ?? []).flatMap((part) =>
    Array.from(segmenter.segment(part), ({ segment, isWordLike }) => ({
      text: segment,
      isWord: Boolean(isWordLike),
    })),
  );
}

/** Neighbours in one piece; spaces and signs (null) are marked only between two marked words. */
function joined(segments: { text: string; different: boolean | null }[]): Piece[] {
  const pieces: Piece[] = [];
  const append = (text: string, different: boolean) => {
    const last = pieces.at(-1);
    if (last?.different === different) last.text += text;
    else if (text) pieces.push({ text, different });
  };
  let between = "";
  let before = false;
  for (const { text, different } of segments) {
    if (different === null) {
      between += text;
      continue;
    }
    append(between, before && different);
    append(text, different);
    between = "";
    before = different;
  }
  append(between, false);
  return pieces;
}
