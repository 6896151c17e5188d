import { Fragment, memo } from "react";
import type { Token } from "../../api";
import { cx } from "../../ui/cx";
import { whole } from "../../ui/format";
import { showWhitespace } from "./whitespace";

/** Tokens one after another, each by itself; what carries loss is underlined and strong, what is cut off struck through. */
export const TokenText = memo(function TokenText({
  tokens,
  first,
  cutAt,
}: {
  tokens: Token[];
  /** the place of the first of these tokens in the row */
  first: number;
  cutAt: number | null;
}) {
  return (
    <p className="mono leading-loose [overflow-wrap:anywhere] [unicode-bidi:plaintext]">
      {tokens.map((token, index) => {
        const place = first + index;
        const isCut = cutAt !== null && place >= cutAt;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the tokens of a row stand still
          <Fragment key={index}>
            {place === cutAt && <CutMark at={place} />}
            <OneToken token={token} place={place} isCut={isCut} />
          </Fragment>
        );
      })}
    </p>
  );
});

function OneToken({ token, place, isCut }: { token: Token; place: number; isCut: boolean }) {
  const { id, text, bytes, special, loss } = token;
  const described = `token ${whole(place + 1)}, id ${id}${loss && !isCut ? ", carries loss" : ""}${isCut ? ", cut off" : ""}`;
  const marks = cx(
    loss && !isCut && "border-b-2 border-b-accent bg-accent-ground font-semibold text-ink",
    !loss && !isCut && "bg-sunken text-soft",
    isCut && "text-soft line-through decoration-edge",
  );
  if (special) {
    return (
      <span
        title={`${described}, a special token`}
        className={cx(
          "mx-0.5 rounded border border-edge px-1 py-0.5 text-[0.85em] whitespace-pre [unicode-bidi:isolate]",
          marks,
        )}
      >
        {text || `id ${id}`}
      </span>
    );
  }
  if (text === "" && bytes) {
    return (
      <span
        title={`${described}, a part of a character`}
        className={cx(
          "mx-px rounded-[3px] px-0.5 text-[0.75em] whitespace-nowrap [unicode-bidi:isolate]",
          marks,
        )}
      >
        {bytes}
      </span>
    );
  }
  return (
    <span title={described} className={cx("mr-px rounded-[3px] whitespace-pre-wrap", marks)}>
      {showWhitespace(text)}
    </span>
  );
}

function CutMark({ at }: { at: number }) {
  return (
    <strong className="mx-1 rounded bg-warn-ground px-1.5 py-0.5 font-sans text-sm font-medium whitespace-nowrap text-warn">
      cut here, after {whole(at)} tokens
    </strong>
  );
}

/** What the marks mean, each drawn as it is in the text. */
export function Legend({ cut }: { cut: boolean }) {
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm text-soft">
      <li>
        <span className="mono rounded-[3px] border-b-2 border-b-accent bg-accent-ground font-semibold text-ink">
          underlined
        </span>{" "}
        carries loss
      </li>
      <li>
        <span className="mono rounded-[3px] bg-sunken">plain</span> is read only
      </li>
      <li>
        <span className="mono rounded border border-edge px-1 text-[0.85em]">chip</span> special token
      </li>
      {cut && (
        <li>
          <span className="mono line-through decoration-edge">struck</span> cut off
        </li>
      )}
      <li>
        <span className="mono">·</span> space, <span className="mono">↵</span> new line
      </li>
    </ul>
  );
}
