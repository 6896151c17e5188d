import { ArrowLeft } from "lucide-react";
import { Link } from "react-router";
import { cx } from "../../../ui/cx";
import { type Way, wayAddress, ways } from "./address";
import { CachedModels } from "./CachedModels";
import { FolderForm } from "./FolderForm";
import { FromHub } from "./FromHub";

const names: Record<Way, string> = {
  hub: "From the hub",
  cache: "Hugging Face cache",
  folder: "A folder",
};

/** The ways to a new model: from the hub, from what its cache already holds, or a folder of this machine. */
export function GetModel({ way }: { way: Way }) {
  return (
    <div className="grid grid-cols-1 gap-6">
      <div>
        <Link to="/models" className="inline-flex items-center gap-1.5 text-sm text-soft hover:text-ink">
          <ArrowLeft aria-hidden className="size-4" />
          All models
        </Link>
        <h2 className="mt-1 text-lg font-semibold">Get a model</h2>
      </div>
      <Ways shown={way} />
      {way === "hub" && <FromHub />}
      {way === "cache" && <CachedModels />}
      {way === "folder" && <FolderForm />}
    </div>
  );
}

function Ways({ shown }: { shown: Way }) {
  return (
    <nav aria-label="Ways to get a model" className="overflow-x-auto border-b border-line">
      <ul className="flex gap-6">
        {ways.map((way) => (
          <li key={way}>
            <Link
              to={wayAddress(way)}
              aria-current={way === shown ? "page" : undefined}
              className={cx(
                "-mb-px block border-b-2 py-2 whitespace-nowrap transition-colors duration-120",
                way === shown
                  ? "border-accent font-medium text-ink"
                  : "border-transparent text-soft hover:text-ink",
              )}
            >
              {names[way]}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
