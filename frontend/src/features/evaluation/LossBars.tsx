import { Num } from "../../ui/Num";
import { loss, signed } from "./words";

/** The loss of one row under each of the weights, as bars on one scale; behind an adapter's its change from the base. */
export function LossBars({
  names,
  colours,
  losses,
}: {
  names: string[];
  colours: string[];
  losses: (number | null)[];
}) {
  const largest = Math.max(...losses.map((value) => value ?? 0), Number.MIN_VALUE);
  const base = losses[0] ?? null;
  return (
    <ul aria-label="Loss under each" className="grid content-start gap-1.5 text-sm">
      {names.map((name, index) => {
        const value = losses[index] ?? null;
        return (
          <li
            key={name}
            className="grid grid-cols-[minmax(0,7rem)_minmax(0,1fr)_3.5rem_4rem] items-center gap-2"
          >
            <span className="truncate" title={name}>
              {name}
            </span>
            <span aria-hidden className="h-2 rounded-full bg-sunken">
              {value !== null && (
                <span
                  className="block h-full rounded-full"
                  style={{ width: `${(value / largest) * 100}%`, background: colours[index] }}
                />
              )}
            </span>
            <span className="text-right">
              {value === null ? (
                <span className="text-soft">none</span>
              ) : (
                <Num short={loss(value)} full={value} />
              )}
            </span>
            <span className="text-right text-soft">
              {index > 0 && value !== null && base !== null && (
                <Num short={signed(value - base)} full={value - base} />
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
