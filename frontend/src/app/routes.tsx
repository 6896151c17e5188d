import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { BlindPage } from "../features/compare/blind/BlindPage";
import { ComparePage } from "../features/compare/ComparePage";
import { DataPage } from "../features/datasets/DataPage";
import { DatasetPage } from "../features/datasets/dataset/DatasetPage";
import { ImportPage } from "../features/datasets/importing/ImportPage";
import { HeldOutPage } from "../features/evaluation/HeldOutPage";
import { ModelPage } from "../features/models/ModelPage";
import { ModelsPage } from "../features/models/ModelsPage";
import { CompareSessionsPage } from "../features/sessions/compare/CompareSessionsPage";
import { SessionsPage } from "../features/sessions/SessionsPage";
import { SetupPage } from "../features/setup/SetupPage";
import { TrainingPage } from "../features/training/TrainingPage";
import { CompareTabs } from "./CompareTabs";
import { Layout } from "./Layout";
import { NotFound, PageCrash } from "./PageCrash";

/** One line a way to compare: "" is /compare itself. */
const compareTabs = [
  { path: "", name: "Side by side", element: <ComparePage /> },
  { path: "blind", name: "Blind", element: <BlindPage /> },
  { path: "held-out", name: "Held-out", element: <HeldOutPage /> },
];

export const routes: RouteObject[] = [
  {
    element: <Layout />,
    children: [
      {
        errorElement: <PageCrash />,
        children: [
          { index: true, element: <Navigate to="/setup" replace /> },
          { path: "setup", handle: { title: "Setup" }, element: <SetupPage /> },
          { path: "training/:id?", handle: { title: "Training", wide: true }, element: <TrainingPage /> },
          {
            path: "compare",
            handle: { title: "Compare", wide: true },
            element: <CompareTabs tabs={compareTabs} />,
            children: compareTabs.map(({ path, element }) => ({ path, element })),
          },
          { path: "sessions", handle: { title: "Sessions" }, element: <SessionsPage /> },
          {
            path: "sessions/compare",
            handle: { title: "Sessions compared", wide: true },
            element: <CompareSessionsPage />,
          },
          { path: "data", handle: { title: "Data" }, element: <DataPage /> },
          { path: "data/import/:draft?", handle: { title: "Bring data" }, element: <ImportPage /> },
          { path: "data/:name", handle: { title: "Data" }, element: <DatasetPage /> },
          { path: "models", handle: { title: "Models" }, element: <ModelsPage /> },
          { path: "models/:name", handle: { title: "Models" }, element: <ModelPage /> },
          { path: "*", element: <NotFound /> },
        ],
      },
    ],
  },
];

export function createRouter() {
  return createBrowserRouter(routes);
}
