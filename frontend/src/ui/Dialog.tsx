import { AlertDialog, Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./Button";
import { cx } from "./cx";

const veil = "fixed inset-0 z-40 bg-[rgb(0_0_0/0.45)]";
const box =
  "fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] -translate-1/2 overflow-y-auto rounded-lg border border-line bg-surface p-5 outline-none";
const usual = "w-[min(28rem,calc(100vw-2rem))]";
const wider = "w-[min(40rem,calc(100vw-2rem))]";

/** Asks before something that cannot be taken back. Opens when `open`; the safe answer has the focus. */
export function ConfirmDialog({
  open,
  title,
  children,
  confirm,
  cancel = "Cancel",
  busy = false,
  onConfirm,
  onClose,
}: {
  open: boolean;
  title: string;
  children: ReactNode;
  confirm: string;
  cancel?: string;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={veil} />
        <AlertDialog.Content className={cx(box, usual)}>
          <AlertDialog.Title className="text-lg font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 text-soft">{children}</div>
          </AlertDialog.Description>
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>{cancel}</Button>
            </AlertDialog.Cancel>
            <Button look="danger" disabled={busy} onClick={onConfirm}>
              {confirm}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

/** Asks for a few values before something is done; Enter does it. */
export function FormDialog({
  open,
  title,
  children,
  submit,
  busy = false,
  wide = false,
  onSubmit,
  onClose,
}: {
  open: boolean;
  title: string;
  children: ReactNode;
  submit: string;
  busy?: boolean;
  wide?: boolean;
  onSubmit: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={veil} />
        <Dialog.Content className={cx(box, wide ? wider : usual)} aria-describedby={undefined}>
          <Dialog.Title className="mb-3 text-lg font-semibold">{title}</Dialog.Title>
          <form
            noValidate
            // A form around the dialog is another one: what is done here must not reach it.
            onKeyDown={(event) => {
              event.stopPropagation();
              if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
              event.preventDefault();
              if (!busy) onSubmit();
            }}
            onSubmit={(event) => {
              event.preventDefault();
              event.stopPropagation();
              onSubmit();
            }}
          >
            {children}
            <div className="mt-5 flex flex-wrap justify-end gap-2">
              <Button onClick={onClose}>Cancel</Button>
              <Button look="primary" type="submit" disabled={busy}>
                {submit}
              </Button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
