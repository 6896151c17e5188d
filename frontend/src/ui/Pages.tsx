import { Button } from "./Button";
import { whole } from "./format";

/** A page back, a page on, and which of how many are shown. `page` counts from 0. */
export function Pages({
  label,
  page,
  size,
  total,
  onPage,
}: {
  label: string;
  page: number;
  size: number;
  total: number;
  onPage: (page: number) => void;
}) {
  const first = page * size;
  return (
    <nav
      aria-label={label}
      className="flex flex-wrap items-center gap-3 border-t border-line pt-4 text-sm text-soft"
    >
      <Button disabled={page === 0} onClick={() => onPage(page - 1)}>
        Previous
      </Button>
      <span role="status">
        {first < total
          ? `${whole(first + 1)} to ${whole(Math.min(first + size, total))} of ${whole(total)}`
          : `none of ${whole(total)}`}
      </span>
      <Button disabled={first + size >= total} onClick={() => onPage(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
