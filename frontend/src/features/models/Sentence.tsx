import { withAddresses } from "./links";

/** What the server says, with the addresses in it to follow. */
export function Sentence({ children }: { children: string }) {
  return (
    <p className="[overflow-wrap:anywhere]">
      {withAddresses(children).map(({ text, isAddress }) =>
        isAddress ? (
          <a key={text} href={text} target="_blank" rel="noreferrer" className="text-accent underline">
            {text}
          </a>
        ) : (
          text
        ),
      )}
    </p>
  );
}
