import { Search } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { Button } from "../../../ui/Button";
import { Field } from "../../../ui/Field";
import { TextInput } from "../../../ui/TextInput";
import { wayAddress } from "./address";
import { readRepository } from "./repository";

const unreadable = "That is neither a repository, such as org/model, nor the address of one.";

/** Asks for the repository that was typed; the address then says which. */
export function LookForm({ repositoryId, revision }: { repositoryId: string; revision: string | null }) {
  const shown = revision ? `${repositoryId}@${revision}` : repositoryId;
  const [typed, setTyped] = useState(shown);
  const [before, setBefore] = useState(shown);
  const [refused, setRefused] = useState(false);
  if (before !== shown) {
    setBefore(shown);
    setTyped(shown);
    setRefused(false);
  }
  const navigate = useNavigate();
  const submit = () => {
    const repository = readRepository(typed);
    setRefused(repository === null);
    if (!repository) return;
    const { id, revision: named } = repository;
    navigate(wayAddress("hub", { repo: id, ...(named ? { revision: named } : {}) }));
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field
        label="Repository"
        help="Its id, or the address of its page. Add @ and a branch, tag or commit for another state than the newest."
        error={refused ? unreadable : undefined}
      >
        {(control) => (
          <div className="flex gap-2">
            <TextInput
              {...control}
              className="mono"
              inputMode="url"
              placeholder="org/model"
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                setRefused(false);
              }}
            />
            <Button type="submit">
              <Search aria-hidden />
              Look up
            </Button>
          </div>
        )}
      </Field>
    </form>
  );
}
