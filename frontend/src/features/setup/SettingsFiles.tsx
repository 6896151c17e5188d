import { FolderOpen, Save } from "lucide-react";
import { useState } from "react";
import type { TrainingConfig } from "../../api";
import { Button } from "../../ui/Button";
import { LoadSettings } from "./LoadSettings";
import { SaveSettings } from "./SaveSettings";
import type { GuidanceOfForm } from "./useGuidance";

interface SettingsFilesProps {
  /** what the form says; null while it cannot be read */
  config: TrainingConfig | null;
  onLoad: GuidanceOfForm["load"];
}

/** The way to settings that were saved, and to saving these. */
export function SettingsFiles({ config, onLoad }: SettingsFilesProps) {
  const [open, setOpen] = useState<"load" | "save" | null>(null);
  const close = () => setOpen(null);
  return (
    <div className="-mx-3 flex flex-wrap gap-1">
      <Button look="quiet" onClick={() => setOpen("load")}>
        <FolderOpen aria-hidden />
        Load settings
      </Button>
      <Button look="quiet" onClick={() => setOpen("save")}>
        <Save aria-hidden />
        Save settings
      </Button>
      {open === "load" && <LoadSettings onLoad={onLoad} onClose={close} />}
      {open === "save" && <SaveSettings config={config} onClose={close} />}
    </div>
  );
}
