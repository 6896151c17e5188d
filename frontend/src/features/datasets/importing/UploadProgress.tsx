import { Button } from "../../../ui/Button";
import { about, bytes, whole } from "../../../ui/format";
import { Progress } from "../../../ui/Progress";
import type { Upload } from "./useUpload";

export function UploadProgress({ upload, onCancel }: { upload: Upload; onCancel: () => void }) {
  const { name, filesDone, files, bytesDone, bytes: total, secondsLeft } = upload;
  return (
    <section aria-label="Progress" className="grid grid-cols-1 gap-3">
      <Progress share={total === 0 ? 0 : bytesDone / total} label="Progress of the upload" />
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
        <div role="status" className="min-w-0">
          <p className="truncate">
            Copying {name}
            {files > 1 && (
              <span className="text-soft">
                {" "}
                ({whole(filesDone + 1)} of {whole(files)} files)
              </span>
            )}
          </p>
          <p className="text-sm text-soft">
            <span className="mono">
              {bytes(bytesDone)} of {bytes(total)}
            </span>
            {secondsLeft !== null && `, ${about(secondsLeft)} left`}
          </p>
        </div>
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </section>
  );
}
