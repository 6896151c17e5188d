import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A machine with much else to do draws a page slowly; what never comes fails all the same.
configure({ asyncUtilTimeout: 4000 });

afterEach(() => {
  cleanup();
  localStorage.clear();
  sessionStorage.clear();
});
