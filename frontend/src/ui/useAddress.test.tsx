import { act, render, screen } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, test } from "vitest";
import { useAddress } from "./useAddress";

type Address = ReturnType<typeof useAddress>;

function show() {
  let address: Address | undefined;
  function Page() {
    address = useAddress();
    return <output>{String(address.search)}</output>;
  }
  const router = createMemoryRouter([{ path: "*", element: <Page /> }], { initialEntries: ["/?a=1"] });
  render(<RouterProvider router={router} />);
  return { router, address: () => address as Address, shown: () => screen.getByRole("status").textContent };
}

const adding = (name: string) => (before: URLSearchParams) => {
  before.append(name, "2");
  return before;
};

test("changes are shown before the router has followed, and quick ones add up", async () => {
  const { router, address, shown } = show();
  let followed: Promise<void>[] = [];
  act(() => {
    followed = [address().change(adding("b")), address().change(adding("c"))];
  });
  expect(shown()).toBe("a=1&b=2&c=2");
  await act(() => Promise.all(followed));
  expect(router.state.location.search).toBe("?a=1&b=2&c=2");
  expect(shown()).toBe("a=1&b=2&c=2");
});

test("the way back leads over what was not replaced", async () => {
  const { router, address, shown } = show();
  await act(() => address().change(adding("b"), { replace: false }));
  await act(() => address().change(adding("c")));
  await act(() => router.navigate(-1));
  expect(shown()).toBe("a=1");
  await act(() => address().change(adding("d")));
  expect(shown()).toBe("a=1&d=2");
});

test("somebody who goes elsewhere at the same moment ends up there", async () => {
  const { router, address, shown } = show();
  await act(async () => {
    const followed = address().change(adding("b"));
    await Promise.all([followed, router.navigate("/?z=9")]);
  });
  expect(shown()).toBe("z=9");
});
