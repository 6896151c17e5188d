import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "react-redux";
import { RouterProvider } from "react-router";
import { createRouter } from "./app/routes";
import { createStore } from "./app/store";
import { ToastProvider } from "./ui/Toast";
import "./theme.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element with the id root");

createRoot(root).render(
  <StrictMode>
    <Provider store={createStore()}>
      <ToastProvider>
        <RouterProvider router={createRouter()} />
      </ToastProvider>
    </Provider>
  </StrictMode>,
);
