/** Shows a page or a hook as the app would, with a store of its own. */

import { configureStore } from "@reduxjs/toolkit";
import { render } from "@testing-library/react";
import { type ReactElement, type ReactNode, useState } from "react";
import { Provider } from "react-redux";
import { createMemoryRouter, RouterProvider } from "react-router";
import { api } from "../api";

function createTestStore() {
  return configureStore({
    reducer: { [api.reducerPath]: api.reducer },
    middleware: (defaults) => defaults().concat(api.middleware),
  });
}

/** For hooks that ask the server. */
export function WithStore({ children }: { children: ReactNode }) {
  const [store] = useState(createTestStore);
  return <Provider store={store}>{children}</Provider>;
}

export function showPage(page: ReactElement, path: string) {
  return showRoute("*", page, path);
}

/** The same where the page reads a part of its path; every other path is an empty page. */
export function showRoute(route: string, page: ReactElement, path: string) {
  const routes = [
    { path: route, element: page },
    { path: "*", element: null },
  ];
  const router = createMemoryRouter(routes, { initialEntries: [path] });
  render(
    <WithStore>
      <RouterProvider router={router} />
    </WithStore>,
  );
  return router;
}
