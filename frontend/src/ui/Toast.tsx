import { X } from "lucide-react";
import { Toast as Radix } from "radix-ui";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

interface Message {
  id: number;
  text: string;
}

const Say = createContext<(text: string) => void>(() => {});

/** `say("Session deleted.")` shows a sentence at the foot of the page for a few seconds. */
export function useToast() {
  return useContext(Say);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<Message[]>([]);
  const say = useCallback(
    (text: string) => setMessages((shown) => [...shown, { id: (shown.at(-1)?.id ?? 0) + 1, text }]),
    [],
  );
  const drop = (id: number) => setMessages((shown) => shown.filter((message) => message.id !== id));
  return (
    <Say value={say}>
      <Radix.Provider duration={5000} label="Message">
        {children}
        {messages.map(({ id, text }) => (
          <Radix.Root
            key={id}
            onOpenChange={(open) => !open && drop(id)}
            className="flex items-start gap-3 rounded-md border border-edge bg-surface px-3 py-2.5 animate-appear"
          >
            <Radix.Description className="min-w-0 flex-1 break-words">{text}</Radix.Description>
            <Radix.Close aria-label="Dismiss" className="text-soft hover:text-ink">
              <X aria-hidden className="mt-0.5 size-4" />
            </Radix.Close>
          </Radix.Root>
        ))}
        <Radix.Viewport className="fixed right-4 bottom-4 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 max-wide:bottom-20" />
      </Radix.Provider>
    </Say>
  );
}
