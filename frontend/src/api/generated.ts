import { baseApi as api } from "./base";
export const addTagTypes = [
  "health",
  "models",
  "conversions",
  "hub",
  "datasets",
  "imports",
  "tokens",
  "adapters",
  "inference",
  "training",
  "forecast",
  "settings",
  "jobs",
  "evaluations",
  "votes",
] as const;
const injectedRtkApi = api
  .enhanceEndpoints({
    addTagTypes,
  })
  .injectEndpoints({
    endpoints: (build) => ({
      getHealth: build.query<GetHealthApiResponse, GetHealthApiArg>({
        query: () => ({ url: `/api/health` }),
        providesTags: ["health"],
      }),
      listModels: build.query<ListModelsApiResponse, ListModelsApiArg>({
        query: () => ({ url: `/api/models` }),
        providesTags: ["models"],
      }),
      getModel: build.query<GetModelApiResponse, GetModelApiArg>({
        query: (queryArg) => ({ url: `/api/models/${queryArg.name}` }),
        providesTags: ["models"],
      }),
      deleteModel: build.mutation<DeleteModelApiResponse, DeleteModelApiArg>({
        query: (queryArg) => ({
          url: `/api/models/${queryArg.name}`,
          method: "DELETE",
        }),
        invalidatesTags: ["models"],
      }),
      addModel: build.mutation<AddModelApiResponse, AddModelApiArg>({
        query: (queryArg) => ({
          url: `/api/models/add`,
          method: "POST",
          body: queryArg.newLink,
        }),
        invalidatesTags: ["models"],
      }),
      convertModel: build.mutation<ConvertModelApiResponse, ConvertModelApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/models/convert`,
            method: "POST",
            body: queryArg.conversionRequest,
          }),
          invalidatesTags: ["conversions"],
        },
      ),
      estimateConversion: build.query<
        EstimateConversionApiResponse,
        EstimateConversionApiArg
      >({
        query: (queryArg) => ({
          url: `/api/models/convert/estimate`,
          method: "POST",
          body: queryArg.conversionRequest,
        }),
        providesTags: ["conversions"],
      }),
      listConversions: build.query<
        ListConversionsApiResponse,
        ListConversionsApiArg
      >({
        query: () => ({ url: `/api/conversions` }),
        providesTags: ["conversions"],
      }),
      getConversion: build.query<GetConversionApiResponse, GetConversionApiArg>(
        {
          query: (queryArg) => ({ url: `/api/conversions/${queryArg.jobId}` }),
          providesTags: ["conversions"],
        },
      ),
      listCachedModels: build.query<
        ListCachedModelsApiResponse,
        ListCachedModelsApiArg
      >({
        query: () => ({ url: `/api/hub/cached` }),
        providesTags: ["hub"],
      }),
      listCuratedModels: build.query<
        ListCuratedModelsApiResponse,
        ListCuratedModelsApiArg
      >({
        query: () => ({ url: `/api/hub/curated` }),
        providesTags: ["hub"],
      }),
      lookAtHubModel: build.query<
        LookAtHubModelApiResponse,
        LookAtHubModelApiArg
      >({
        query: (queryArg) => ({
          url: `/api/hub/look`,
          params: {
            repo_id: queryArg.repoId,
            revision: queryArg.revision,
          },
        }),
        providesTags: ["hub"],
      }),
      downloadModel: build.mutation<
        DownloadModelApiResponse,
        DownloadModelApiArg
      >({
        query: (queryArg) => ({
          url: `/api/models/download`,
          method: "POST",
          body: queryArg.downloadRequest,
        }),
        invalidatesTags: ["hub"],
      }),
      listDatasets: build.query<ListDatasetsApiResponse, ListDatasetsApiArg>({
        query: () => ({ url: `/api/datasets` }),
        providesTags: ["datasets"],
      }),
      importDataset: build.mutation<
        ImportDatasetApiResponse,
        ImportDatasetApiArg
      >({
        query: (queryArg) => ({
          url: `/api/datasets`,
          method: "POST",
          body: queryArg.bodyImportDataset,
        }),
        invalidatesTags: ["imports"],
      }),
      getDataset: build.query<GetDatasetApiResponse, GetDatasetApiArg>({
        query: (queryArg) => ({ url: `/api/datasets/${queryArg.name}` }),
        providesTags: ["datasets"],
      }),
      deleteDataset: build.mutation<
        DeleteDatasetApiResponse,
        DeleteDatasetApiArg
      >({
        query: (queryArg) => ({
          url: `/api/datasets/${queryArg.name}`,
          method: "DELETE",
        }),
        invalidatesTags: ["datasets"],
      }),
      previewDataset: build.query<
        PreviewDatasetApiResponse,
        PreviewDatasetApiArg
      >({
        query: (queryArg) => ({
          url: `/api/datasets/${queryArg.name}/preview`,
          params: {
            split: queryArg.split,
            offset: queryArg.offset,
            limit: queryArg.limit,
          },
        }),
        providesTags: ["datasets"],
      }),
      viewTokens: build.query<ViewTokensApiResponse, ViewTokensApiArg>({
        query: (queryArg) => ({
          url: `/api/tokens/view`,
          method: "POST",
          body: queryArg.rowRequest,
        }),
        providesTags: ["tokens"],
      }),
      viewDraftTokens: build.query<
        ViewDraftTokensApiResponse,
        ViewDraftTokensApiArg
      >({
        query: (queryArg) => ({
          url: `/api/tokens/draft-view`,
          method: "POST",
          body: queryArg.draftRowRequest,
        }),
        providesTags: ["tokens"],
      }),
      getTokenStatistics: build.query<
        GetTokenStatisticsApiResponse,
        GetTokenStatisticsApiArg
      >({
        query: (queryArg) => ({
          url: `/api/tokens/statistics`,
          method: "POST",
          body: queryArg.statisticsRequest,
        }),
        providesTags: ["tokens"],
      }),
      listImports: build.query<ListImportsApiResponse, ListImportsApiArg>({
        query: () => ({ url: `/api/imports` }),
        providesTags: ["imports"],
      }),
      beginImport: build.mutation<BeginImportApiResponse, BeginImportApiArg>({
        query: (queryArg) => ({
          url: `/api/imports`,
          method: "POST",
          body: queryArg.newImport,
        }),
        invalidatesTags: ["imports"],
      }),
      uploadImportFile: build.mutation<
        UploadImportFileApiResponse,
        UploadImportFileApiArg
      >({
        query: (queryArg) => ({
          url: `/api/imports/${queryArg.draftId}/files/${queryArg.name}`,
          method: "PUT",
          body: queryArg.body,
        }),
        invalidatesTags: ["imports"],
      }),
      getImport: build.query<GetImportApiResponse, GetImportApiArg>({
        query: (queryArg) => ({ url: `/api/imports/${queryArg.draftId}` }),
        providesTags: ["imports"],
      }),
      deleteImport: build.mutation<DeleteImportApiResponse, DeleteImportApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/imports/${queryArg.draftId}`,
            method: "DELETE",
          }),
          invalidatesTags: ["imports"],
        },
      ),
      lookAtImport: build.query<LookAtImportApiResponse, LookAtImportApiArg>({
        query: (queryArg) => ({
          url: `/api/imports/${queryArg.draftId}/look`,
          method: "POST",
          body: queryArg.lookRequest,
        }),
        providesTags: ["imports"],
      }),
      checkImport: build.mutation<CheckImportApiResponse, CheckImportApiArg>({
        query: (queryArg) => ({
          url: `/api/imports/${queryArg.draftId}/check`,
          method: "POST",
          body: queryArg.importPlan,
        }),
        invalidatesTags: ["imports"],
      }),
      getImportReport: build.query<
        GetImportReportApiResponse,
        GetImportReportApiArg
      >({
        query: (queryArg) => ({
          url: `/api/imports/${queryArg.draftId}/report`,
        }),
        providesTags: ["imports"],
      }),
      writeImport: build.mutation<WriteImportApiResponse, WriteImportApiArg>({
        query: (queryArg) => ({
          url: `/api/imports/${queryArg.draftId}/write`,
          method: "POST",
          body: queryArg.writeRequest,
        }),
        invalidatesTags: ["imports"],
      }),
      listAdapters: build.query<ListAdaptersApiResponse, ListAdaptersApiArg>({
        query: () => ({ url: `/api/adapters` }),
        providesTags: ["adapters"],
      }),
      getAdapter: build.query<GetAdapterApiResponse, GetAdapterApiArg>({
        query: (queryArg) => ({ url: `/api/adapters/${queryArg.name}` }),
        providesTags: ["adapters"],
      }),
      deleteAdapter: build.mutation<
        DeleteAdapterApiResponse,
        DeleteAdapterApiArg
      >({
        query: (queryArg) => ({
          url: `/api/adapters/${queryArg.name}`,
          method: "DELETE",
        }),
        invalidatesTags: ["adapters"],
      }),
      runInference: build.mutation<RunInferenceApiResponse, RunInferenceApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/models/inference`,
            method: "POST",
            body: queryArg.inferenceRequest,
          }),
          invalidatesTags: ["inference"],
        },
      ),
      compareAnswers: build.mutation<
        CompareAnswersApiResponse,
        CompareAnswersApiArg
      >({
        query: (queryArg) => ({
          url: `/api/models/compare`,
          method: "POST",
          body: queryArg.compareRequest,
        }),
        invalidatesTags: ["inference"],
      }),
      verifyAdapter: build.mutation<
        VerifyAdapterApiResponse,
        VerifyAdapterApiArg
      >({
        query: (queryArg) => ({
          url: `/api/models/verify`,
          method: "POST",
          body: queryArg.verifyRequest,
        }),
        invalidatesTags: ["inference"],
      }),
      cancelAnswer: build.mutation<CancelAnswerApiResponse, CancelAnswerApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/inference/answers/${queryArg.answerId}`,
            method: "DELETE",
          }),
          invalidatesTags: ["inference"],
        },
      ),
      getInferenceStatus: build.query<
        GetInferenceStatusApiResponse,
        GetInferenceStatusApiArg
      >({
        query: () => ({ url: `/api/inference` }),
        providesTags: ["inference"],
      }),
      unloadModel: build.mutation<UnloadModelApiResponse, UnloadModelApiArg>({
        query: () => ({ url: `/api/inference/unload`, method: "POST" }),
        invalidatesTags: ["inference"],
      }),
      getTrainingSchema: build.query<
        GetTrainingSchemaApiResponse,
        GetTrainingSchemaApiArg
      >({
        query: () => ({ url: `/api/training/schema` }),
        providesTags: ["training"],
      }),
      startTraining: build.mutation<
        StartTrainingApiResponse,
        StartTrainingApiArg
      >({
        query: (queryArg) => ({
          url: `/api/training/start`,
          method: "POST",
          body: queryArg.trainingConfig,
        }),
        invalidatesTags: ["training"],
      }),
      estimateTraining: build.query<
        EstimateTrainingApiResponse,
        EstimateTrainingApiArg
      >({
        query: (queryArg) => ({
          url: `/api/training/estimate`,
          method: "POST",
          body: queryArg.trainingConfig,
        }),
        providesTags: ["training"],
      }),
      getTrainingStatus: build.query<
        GetTrainingStatusApiResponse,
        GetTrainingStatusApiArg
      >({
        query: () => ({ url: `/api/training/status` }),
        providesTags: ["training"],
      }),
      stopTraining: build.mutation<StopTrainingApiResponse, StopTrainingApiArg>(
        {
          query: () => ({ url: `/api/training/stop`, method: "POST" }),
          invalidatesTags: ["training"],
        },
      ),
      reorderQueue: build.mutation<ReorderQueueApiResponse, ReorderQueueApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/training/queue`,
            method: "PUT",
            body: queryArg.sessionIds,
          }),
          invalidatesTags: ["training"],
        },
      ),
      listSessions: build.query<ListSessionsApiResponse, ListSessionsApiArg>({
        query: () => ({ url: `/api/sessions` }),
        providesTags: ["training"],
      }),
      getSession: build.query<GetSessionApiResponse, GetSessionApiArg>({
        query: (queryArg) => ({ url: `/api/sessions/${queryArg.sessionId}` }),
        providesTags: ["training"],
      }),
      changeSession: build.mutation<
        ChangeSessionApiResponse,
        ChangeSessionApiArg
      >({
        query: (queryArg) => ({
          url: `/api/sessions/${queryArg.sessionId}`,
          method: "PATCH",
          body: queryArg.configChanges,
        }),
        invalidatesTags: ["training"],
      }),
      deleteSession: build.mutation<
        DeleteSessionApiResponse,
        DeleteSessionApiArg
      >({
        query: (queryArg) => ({
          url: `/api/sessions/${queryArg.sessionId}`,
          method: "DELETE",
          params: {
            adapter: queryArg.adapter,
          },
        }),
        invalidatesTags: ["training"],
      }),
      listSessionEvents: build.query<
        ListSessionEventsApiResponse,
        ListSessionEventsApiArg
      >({
        query: (queryArg) => ({
          url: `/api/sessions/${queryArg.sessionId}/events`,
          params: {
            after: queryArg.after,
          },
        }),
        providesTags: ["training"],
      }),
      getSessionCourse: build.query<
        GetSessionCourseApiResponse,
        GetSessionCourseApiArg
      >({
        query: (queryArg) => ({
          url: `/api/sessions/${queryArg.sessionId}/course`,
          params: {
            points: queryArg.points,
          },
        }),
        providesTags: ["training"],
      }),
      getSessionLog: build.query<GetSessionLogApiResponse, GetSessionLogApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/sessions/${queryArg.sessionId}/log`,
            params: {
              tail_bytes: queryArg.tailBytes,
            },
          }),
          providesTags: ["training"],
        },
      ),
      getSessionConfig: build.query<
        GetSessionConfigApiResponse,
        GetSessionConfigApiArg
      >({
        query: (queryArg) => ({
          url: `/api/sessions/${queryArg.sessionId}/config.yaml`,
        }),
        providesTags: ["training"],
      }),
      getSessionMlxLora: build.query<
        GetSessionMlxLoraApiResponse,
        GetSessionMlxLoraApiArg
      >({
        query: (queryArg) => ({
          url: `/api/sessions/${queryArg.sessionId}/mlx_lora.yaml`,
        }),
        providesTags: ["training"],
      }),
      stopSession: build.mutation<StopSessionApiResponse, StopSessionApiArg>({
        query: (queryArg) => ({
          url: `/api/sessions/${queryArg.sessionId}/stop`,
          method: "POST",
        }),
        invalidatesTags: ["training"],
      }),
      pauseSession: build.mutation<PauseSessionApiResponse, PauseSessionApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/sessions/${queryArg.sessionId}/pause`,
            method: "POST",
          }),
          invalidatesTags: ["training"],
        },
      ),
      resumeSession: build.mutation<
        ResumeSessionApiResponse,
        ResumeSessionApiArg
      >({
        query: (queryArg) => ({
          url: `/api/sessions/${queryArg.sessionId}/resume`,
          method: "POST",
          body: queryArg.resumeRequest,
        }),
        invalidatesTags: ["training"],
      }),
      cloneSession: build.mutation<CloneSessionApiResponse, CloneSessionApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/sessions/${queryArg.sessionId}/clone`,
            method: "POST",
            body: queryArg.configChanges,
          }),
          invalidatesTags: ["training"],
        },
      ),
      measureTraining: build.mutation<
        MeasureTrainingApiResponse,
        MeasureTrainingApiArg
      >({
        query: (queryArg) => ({
          url: `/api/training/preflight`,
          method: "POST",
          body: queryArg.trainingConfig,
        }),
        invalidatesTags: ["training"],
      }),
      cancelPreflight: build.mutation<
        CancelPreflightApiResponse,
        CancelPreflightApiArg
      >({
        query: () => ({ url: `/api/training/preflight`, method: "DELETE" }),
        invalidatesTags: ["training"],
      }),
      forecastTraining: build.query<
        ForecastTrainingApiResponse,
        ForecastTrainingApiArg
      >({
        query: (queryArg) => ({
          url: `/api/training/forecast`,
          method: "POST",
          body: queryArg.trainingConfig,
        }),
        providesTags: ["forecast"],
      }),
      suggestPresets: build.query<
        SuggestPresetsApiResponse,
        SuggestPresetsApiArg
      >({
        query: (queryArg) => ({
          url: `/api/training/presets`,
          method: "POST",
          body: queryArg.trainingConfig,
        }),
        providesTags: ["training"],
      }),
      listSavedSettings: build.query<
        ListSavedSettingsApiResponse,
        ListSavedSettingsApiArg
      >({
        query: () => ({ url: `/api/training/settings` }),
        providesTags: ["settings"],
      }),
      readSettingsText: build.mutation<
        ReadSettingsTextApiResponse,
        ReadSettingsTextApiArg
      >({
        query: (queryArg) => ({
          url: `/api/training/settings/read`,
          method: "POST",
          body: queryArg.text,
        }),
        invalidatesTags: ["settings"],
      }),
      getSavedSettings: build.query<
        GetSavedSettingsApiResponse,
        GetSavedSettingsApiArg
      >({
        query: (queryArg) => ({
          url: `/api/training/settings/${queryArg.name}`,
        }),
        providesTags: ["settings"],
      }),
      saveSettings: build.mutation<SaveSettingsApiResponse, SaveSettingsApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/training/settings/${queryArg.name}`,
            method: "PUT",
            body: queryArg.configChanges,
            params: {
              replace: queryArg.replace,
            },
          }),
          invalidatesTags: ["settings"],
        },
      ),
      deleteSavedSettings: build.mutation<
        DeleteSavedSettingsApiResponse,
        DeleteSavedSettingsApiArg
      >({
        query: (queryArg) => ({
          url: `/api/training/settings/${queryArg.name}`,
          method: "DELETE",
        }),
        invalidatesTags: ["settings"],
      }),
      listJobs: build.query<ListJobsApiResponse, ListJobsApiArg>({
        query: (queryArg) => ({
          url: `/api/jobs`,
          params: {
            kind: queryArg.kind,
          },
        }),
        providesTags: ["jobs"],
      }),
      getJob: build.query<GetJobApiResponse, GetJobApiArg>({
        query: (queryArg) => ({ url: `/api/jobs/${queryArg.jobId}` }),
        providesTags: ["jobs"],
      }),
      deleteJob: build.mutation<DeleteJobApiResponse, DeleteJobApiArg>({
        query: (queryArg) => ({
          url: `/api/jobs/${queryArg.jobId}`,
          method: "DELETE",
        }),
        invalidatesTags: ["jobs"],
      }),
      listJobEvents: build.query<ListJobEventsApiResponse, ListJobEventsApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/jobs/${queryArg.jobId}/events`,
            params: {
              after: queryArg.after,
            },
          }),
          providesTags: ["jobs"],
        },
      ),
      getJobLog: build.query<GetJobLogApiResponse, GetJobLogApiArg>({
        query: (queryArg) => ({
          url: `/api/jobs/${queryArg.jobId}/log`,
          params: {
            tail_bytes: queryArg.tailBytes,
          },
        }),
        providesTags: ["jobs"],
      }),
      cancelJob: build.mutation<CancelJobApiResponse, CancelJobApiArg>({
        query: (queryArg) => ({
          url: `/api/jobs/${queryArg.jobId}/cancel`,
          method: "POST",
        }),
        invalidatesTags: ["jobs"],
      }),
      pauseJob: build.mutation<PauseJobApiResponse, PauseJobApiArg>({
        query: (queryArg) => ({
          url: `/api/jobs/${queryArg.jobId}/pause`,
          method: "POST",
        }),
        invalidatesTags: ["jobs"],
      }),
      resumeJob: build.mutation<ResumeJobApiResponse, ResumeJobApiArg>({
        query: (queryArg) => ({
          url: `/api/jobs/${queryArg.jobId}/resume`,
          method: "POST",
        }),
        invalidatesTags: ["jobs"],
      }),
      listEvaluations: build.query<
        ListEvaluationsApiResponse,
        ListEvaluationsApiArg
      >({
        query: () => ({ url: `/api/evaluations` }),
        providesTags: ["evaluations"],
      }),
      startEvaluation: build.mutation<
        StartEvaluationApiResponse,
        StartEvaluationApiArg
      >({
        query: (queryArg) => ({
          url: `/api/evaluations`,
          method: "POST",
          body: queryArg.evaluationRequest,
        }),
        invalidatesTags: ["evaluations"],
      }),
      getEvaluation: build.query<GetEvaluationApiResponse, GetEvaluationApiArg>(
        {
          query: (queryArg) => ({
            url: `/api/evaluations/${queryArg.evaluationId}`,
          }),
          providesTags: ["evaluations"],
        },
      ),
      listEvaluationExamples: build.query<
        ListEvaluationExamplesApiResponse,
        ListEvaluationExamplesApiArg
      >({
        query: (queryArg) => ({
          url: `/api/evaluations/${queryArg.evaluationId}/examples`,
          params: {
            part: queryArg.part,
            sort: queryArg.sort,
            weights: queryArg.weights,
            offset: queryArg.offset,
            limit: queryArg.limit,
          },
        }),
        providesTags: ["evaluations"],
      }),
      exportEvaluationCsv: build.query<
        ExportEvaluationCsvApiResponse,
        ExportEvaluationCsvApiArg
      >({
        query: (queryArg) => ({
          url: `/api/evaluations/${queryArg.evaluationId}/examples.csv`,
        }),
        providesTags: ["evaluations"],
      }),
      exportEvaluationJsonl: build.query<
        ExportEvaluationJsonlApiResponse,
        ExportEvaluationJsonlApiArg
      >({
        query: (queryArg) => ({
          url: `/api/evaluations/${queryArg.evaluationId}/examples.jsonl`,
        }),
        providesTags: ["evaluations"],
      }),
      castVote: build.mutation<CastVoteApiResponse, CastVoteApiArg>({
        query: (queryArg) => ({
          url: `/api/votes`,
          method: "POST",
          body: queryArg.newVote,
        }),
        invalidatesTags: ["votes"],
      }),
      listVotes: build.query<ListVotesApiResponse, ListVotesApiArg>({
        query: (queryArg) => ({
          url: `/api/votes`,
          params: {
            model: queryArg.model,
            offset: queryArg.offset,
            limit: queryArg.limit,
          },
        }),
        providesTags: ["votes"],
      }),
      getVoteTally: build.query<GetVoteTallyApiResponse, GetVoteTallyApiArg>({
        query: (queryArg) => ({
          url: `/api/votes/tally`,
          params: {
            model: queryArg.model,
          },
        }),
        providesTags: ["votes"],
      }),
      downloadPreferences: build.query<
        DownloadPreferencesApiResponse,
        DownloadPreferencesApiArg
      >({
        query: (queryArg) => ({
          url: `/api/votes/preferences`,
          params: {
            model: queryArg.model,
            winner: queryArg.winner,
          },
        }),
        providesTags: ["votes"],
      }),
      retractVote: build.mutation<RetractVoteApiResponse, RetractVoteApiArg>({
        query: (queryArg) => ({
          url: `/api/votes/${queryArg.voteId}`,
          method: "DELETE",
        }),
        invalidatesTags: ["votes"],
      }),
    }),
    overrideExisting: false,
  });
export { injectedRtkApi as api };
export type GetHealthApiResponse = /** status 200 Successful Response */ Health;
export type GetHealthApiArg = void;
export type ListModelsApiResponse =
  /** status 200 Successful Response */ Model[];
export type ListModelsApiArg = void;
export type GetModelApiResponse =
  /** status 200 Successful Response */ ModelDetail;
export type GetModelApiArg = {
  name: string;
};
export type DeleteModelApiResponse = unknown;
export type DeleteModelApiArg = {
  name: string;
};
export type AddModelApiResponse = /** status 201 Successful Response */ Model;
export type AddModelApiArg = {
  newLink: NewLink;
};
export type ConvertModelApiResponse = /** status 201 Successful Response */ Job;
export type ConvertModelApiArg = {
  conversionRequest: ConversionRequest;
};
export type EstimateConversionApiResponse =
  /** status 200 Successful Response */ ConversionEstimate;
export type EstimateConversionApiArg = {
  conversionRequest: ConversionRequest;
};
export type ListConversionsApiResponse =
  /** status 200 Successful Response */ Conversion[];
export type ListConversionsApiArg = void;
export type GetConversionApiResponse =
  /** status 200 Successful Response */ Conversion;
export type GetConversionApiArg = {
  jobId: string;
};
export type ListCachedModelsApiResponse =
  /** status 200 Successful Response */ CachedModel[];
export type ListCachedModelsApiArg = void;
export type ListCuratedModelsApiResponse =
  /** status 200 Successful Response */ CuratedModel[];
export type ListCuratedModelsApiArg = void;
export type LookAtHubModelApiResponse =
  /** status 200 Successful Response */ HubModel;
export type LookAtHubModelApiArg = {
  repoId: string;
  revision?: string | null;
};
export type DownloadModelApiResponse =
  /** status 201 Successful Response */ Job;
export type DownloadModelApiArg = {
  downloadRequest: DownloadRequest;
};
export type ListDatasetsApiResponse =
  /** status 200 Successful Response */ Dataset[];
export type ListDatasetsApiArg = void;
export type ImportDatasetApiResponse =
  /** status 201 Successful Response */ Job;
export type ImportDatasetApiArg = {
  bodyImportDataset: BodyImportDataset;
};
export type GetDatasetApiResponse =
  /** status 200 Successful Response */ Dataset;
export type GetDatasetApiArg = {
  name: string;
};
export type DeleteDatasetApiResponse = unknown;
export type DeleteDatasetApiArg = {
  name: string;
};
export type PreviewDatasetApiResponse =
  /** status 200 Successful Response */ DatasetPreview;
export type PreviewDatasetApiArg = {
  name: string;
  split?: "train" | "valid" | "test";
  offset?: number;
  limit?: number;
};
export type ViewTokensApiResponse =
  /** status 200 Successful Response */ TokenView;
export type ViewTokensApiArg = {
  rowRequest: RowRequest;
};
export type ViewDraftTokensApiResponse =
  /** status 200 Successful Response */ TokenView;
export type ViewDraftTokensApiArg = {
  draftRowRequest: DraftRowRequest;
};
export type GetTokenStatisticsApiResponse =
  /** status 200 Successful Response */ DataStatistics;
export type GetTokenStatisticsApiArg = {
  statisticsRequest: StatisticsRequest;
};
export type ListImportsApiResponse =
  /** status 200 Successful Response */ ImportDraft[];
export type ListImportsApiArg = void;
export type BeginImportApiResponse =
  /** status 201 Successful Response */ ImportDraft;
export type BeginImportApiArg = {
  newImport: NewImport;
};
export type UploadImportFileApiResponse =
  /** status 200 Successful Response */ ImportDraft;
export type UploadImportFileApiArg = {
  draftId: string;
  name: string;
  body: Blob;
};
export type GetImportApiResponse =
  /** status 200 Successful Response */ ImportDraft;
export type GetImportApiArg = {
  draftId: string;
};
export type DeleteImportApiResponse = unknown;
export type DeleteImportApiArg = {
  draftId: string;
};
export type LookAtImportApiResponse =
  /** status 200 Successful Response */ ImportLook;
export type LookAtImportApiArg = {
  draftId: string;
  lookRequest: LookRequest;
};
export type CheckImportApiResponse = /** status 201 Successful Response */ Job;
export type CheckImportApiArg = {
  draftId: string;
  importPlan: ImportPlan;
};
export type GetImportReportApiResponse =
  /** status 200 Successful Response */ ImportReport;
export type GetImportReportApiArg = {
  draftId: string;
};
export type WriteImportApiResponse = /** status 201 Successful Response */ Job;
export type WriteImportApiArg = {
  draftId: string;
  writeRequest: WriteRequest;
};
export type ListAdaptersApiResponse =
  /** status 200 Successful Response */ Adapter[];
export type ListAdaptersApiArg = void;
export type GetAdapterApiResponse =
  /** status 200 Successful Response */ Adapter;
export type GetAdapterApiArg = {
  name: string;
};
export type DeleteAdapterApiResponse = unknown;
export type DeleteAdapterApiArg = {
  name: string;
};
export type RunInferenceApiResponse =
  /** status 200 Successful Response */ InferenceResponse;
export type RunInferenceApiArg = {
  inferenceRequest: InferenceRequest;
};
export type CompareAnswersApiResponse =
  /** status 200 Successful Response */ ColumnEvent;
export type CompareAnswersApiArg = {
  compareRequest: CompareRequest;
};
export type VerifyAdapterApiResponse =
  /** status 200 Successful Response */ VerifyResponse;
export type VerifyAdapterApiArg = {
  verifyRequest: VerifyRequest;
};
export type CancelAnswerApiResponse = unknown;
export type CancelAnswerApiArg = {
  answerId: string;
};
export type GetInferenceStatusApiResponse =
  /** status 200 Successful Response */ InferenceStatus;
export type GetInferenceStatusApiArg = void;
export type UnloadModelApiResponse =
  /** status 200 Successful Response */ InferenceStatus;
export type UnloadModelApiArg = void;
export type GetTrainingSchemaApiResponse =
  /** status 200 Successful Response */ {
    [key: string]: any;
  };
export type GetTrainingSchemaApiArg = void;
export type StartTrainingApiResponse =
  /** status 201 Successful Response */ SessionDetail;
export type StartTrainingApiArg = {
  trainingConfig: TrainingConfig;
};
export type EstimateTrainingApiResponse =
  /** status 200 Successful Response */ TrainingEstimate;
export type EstimateTrainingApiArg = {
  trainingConfig: TrainingConfig;
};
export type GetTrainingStatusApiResponse =
  /** status 200 Successful Response */ TrainingStatus;
export type GetTrainingStatusApiArg = void;
export type StopTrainingApiResponse =
  /** status 200 Successful Response */ SessionDetail;
export type StopTrainingApiArg = void;
export type ReorderQueueApiResponse =
  /** status 200 Successful Response */ TrainingStatus;
export type ReorderQueueApiArg = {
  sessionIds: string[];
};
export type ListSessionsApiResponse =
  /** status 200 Successful Response */ Session[];
export type ListSessionsApiArg = void;
export type GetSessionApiResponse =
  /** status 200 Successful Response */ SessionDetail;
export type GetSessionApiArg = {
  sessionId: string;
};
export type ChangeSessionApiResponse =
  /** status 200 Successful Response */ SessionDetail;
export type ChangeSessionApiArg = {
  sessionId: string;
  configChanges: ConfigChanges;
};
export type DeleteSessionApiResponse = unknown;
export type DeleteSessionApiArg = {
  sessionId: string;
  adapter?: boolean;
};
export type ListSessionEventsApiResponse =
  /** status 200 Successful Response */ TrainingEvent[];
export type ListSessionEventsApiArg = {
  sessionId: string;
  after?: number;
};
export type GetSessionCourseApiResponse =
  /** status 200 Successful Response */ Course;
export type GetSessionCourseApiArg = {
  sessionId: string;
  points?: number;
};
export type GetSessionLogApiResponse =
  /** status 200 Successful Response */ string;
export type GetSessionLogApiArg = {
  sessionId: string;
  tailBytes?: number;
};
export type GetSessionConfigApiResponse =
  /** status 200 Successful Response */ string;
export type GetSessionConfigApiArg = {
  sessionId: string;
};
export type GetSessionMlxLoraApiResponse =
  /** status 200 Successful Response */ string;
export type GetSessionMlxLoraApiArg = {
  sessionId: string;
};
export type StopSessionApiResponse =
  /** status 200 Successful Response */ SessionDetail;
export type StopSessionApiArg = {
  sessionId: string;
};
export type PauseSessionApiResponse =
  /** status 200 Successful Response */ SessionDetail;
export type PauseSessionApiArg = {
  sessionId: string;
};
export type ResumeSessionApiResponse =
  /** status 200 Successful Response */ SessionDetail;
export type ResumeSessionApiArg = {
  sessionId: string;
  resumeRequest: ResumeRequest;
};
export type CloneSessionApiResponse =
  /** status 201 Successful Response */ SessionDetail;
export type CloneSessionApiArg = {
  sessionId: string;
  configChanges: ConfigChanges;
};
export type MeasureTrainingApiResponse =
  /** status 200 Successful Response */ PreflightResult;
export type MeasureTrainingApiArg = {
  trainingConfig: TrainingConfig;
};
export type CancelPreflightApiResponse = unknown;
export type CancelPreflightApiArg = void;
export type ForecastTrainingApiResponse =
  /** status 200 Successful Response */ Forecast;
export type ForecastTrainingApiArg = {
  trainingConfig: TrainingConfig;
};
export type SuggestPresetsApiResponse =
  /** status 200 Successful Response */ Preset[];
export type SuggestPresetsApiArg = {
  trainingConfig: TrainingConfig;
};
export type ListSavedSettingsApiResponse =
  /** status 200 Successful Response */ SavedSettings[];
export type ListSavedSettingsApiArg = void;
export type ReadSettingsTextApiResponse =
  /** status 200 Successful Response */ ReadSettings;
export type ReadSettingsTextApiArg = {
  text: string;
};
export type GetSavedSettingsApiResponse =
  /** status 200 Successful Response */ SavedSettingsDetail;
export type GetSavedSettingsApiArg = {
  name: string;
};
export type SaveSettingsApiResponse =
  /** status 200 Successful Response */ SavedSettings;
export type SaveSettingsApiArg = {
  name: string;
  replace?: boolean;
  configChanges: ConfigChanges;
};
export type DeleteSavedSettingsApiResponse = unknown;
export type DeleteSavedSettingsApiArg = {
  name: string;
};
export type ListJobsApiResponse = /** status 200 Successful Response */ Job[];
export type ListJobsApiArg = {
  kind?: string | null;
};
export type GetJobApiResponse = /** status 200 Successful Response */ JobDetail;
export type GetJobApiArg = {
  jobId: string;
};
export type DeleteJobApiResponse = unknown;
export type DeleteJobApiArg = {
  jobId: string;
};
export type ListJobEventsApiResponse =
  /** status 200 Successful Response */ JobEvent[];
export type ListJobEventsApiArg = {
  jobId: string;
  after?: number;
};
export type GetJobLogApiResponse = /** status 200 Successful Response */ string;
export type GetJobLogApiArg = {
  jobId: string;
  tailBytes?: number;
};
export type CancelJobApiResponse = /** status 200 Successful Response */ Job;
export type CancelJobApiArg = {
  jobId: string;
};
export type PauseJobApiResponse = /** status 200 Successful Response */ Job;
export type PauseJobApiArg = {
  jobId: string;
};
export type ResumeJobApiResponse = /** status 200 Successful Response */ Job;
export type ResumeJobApiArg = {
  jobId: string;
};
export type ListEvaluationsApiResponse =
  /** status 200 Successful Response */ Evaluation[];
export type ListEvaluationsApiArg = void;
export type StartEvaluationApiResponse =
  /** status 201 Successful Response */ Evaluation;
export type StartEvaluationApiArg = {
  evaluationRequest: EvaluationRequest;
};
export type GetEvaluationApiResponse =
  /** status 200 Successful Response */ Evaluation;
export type GetEvaluationApiArg = {
  evaluationId: string;
};
export type ListEvaluationExamplesApiResponse =
  /** status 200 Successful Response */ ExamplePage;
export type ListEvaluationExamplesApiArg = {
  evaluationId: string;
  part?: "data" | "general";
  sort?: "difference" | "better" | "worse" | "index";
  /** the adapter to sort by, counted from 1 */
  weights?: number | null;
  offset?: number;
  limit?: number;
};
export type ExportEvaluationCsvApiResponse =
  /** status 200 Successful Response */ string;
export type ExportEvaluationCsvApiArg = {
  evaluationId: string;
};
export type ExportEvaluationJsonlApiResponse =
  /** status 200 Successful Response */ string;
export type ExportEvaluationJsonlApiArg = {
  evaluationId: string;
};
export type CastVoteApiResponse = /** status 201 Successful Response */ Vote;
export type CastVoteApiArg = {
  newVote: NewVote;
};
export type ListVotesApiResponse = /** status 200 Successful Response */ Vote[];
export type ListVotesApiArg = {
  model: string;
  offset?: number;
  limit?: number;
};
export type GetVoteTallyApiResponse =
  /** status 200 Successful Response */ VoteTally;
export type GetVoteTallyApiArg = {
  model: string;
};
export type DownloadPreferencesApiResponse =
  /** status 200 Successful Response */ string;
export type DownloadPreferencesApiArg = {
  model: string;
  winner?: string | null;
};
export type RetractVoteApiResponse = unknown;
export type RetractVoteApiArg = {
  voteId: string;
};
export type Health = {
  status: string;
  version: string;
  device: string;
  memory_total: number;
  memory_available: number;
  home: string;
  running: string | null;
};
export type Fit = {
  use: "inference" | "lora" | "qlora";
  needed_bytes: number;
  memory_bytes: number;
  verdict: "fits" | "tight" | "too_large";
  sentence: string;
};
export type Model = {
  name: string;
  path: string;
  model_type: string | null;
  size_bytes: number;
  num_layers: number | null;
  context_length: number | null;
  has_chat_template: boolean;
  quantization_bits: number | null;
  /** those of the weight files; quantised ones count as what they were */
  parameters: number | null;
  /** as "bfloat16" or "4-bit" */
  precision: string | null;
  licence: string | null;
  origin: "library" | "link";
  linked_to: string | null;
  /** the hub's name for it, where it is known */
  repo_id: string | null;
  /** why it cannot be deleted now, in words */
  in_use: string | null;
  /** by the files alone; nothing where those do not tell enough */
  fits: Fit[];
  problem: string | null;
};
export type Module = {
  path: string;
  kind:
    | "linear"
    | "quantized_linear"
    | "switch_linear"
    | "quantized_switch_linear"
    | "embedding"
    | "quantized_embedding";
  in_features: number;
  out_features: number;
  experts?: number | null;
  group?:
    | "attention"
    | "linear_attention"
    | "mlp"
    | "experts"
    | "shared_experts"
    | "router"
    | "embeddings"
    | "head"
    | "other";
  layer?: number | null;
  bits?: number | null;
  tied?: boolean;
};
export type ParameterCount = {
  layer: number | null;
  group:
    | "attention"
    | "linear_attention"
    | "mlp"
    | "experts"
    | "shared_experts"
    | "router"
    | "embeddings"
    | "head"
    | "other";
  parameters: number;
};
export type ModelProfile = {
  model_type: string;
  hidden_size: number;
  total_parameters: number;
  num_layers: number;
  /** every module that LoRA can adapt, layers first, in the tree's order */
  modules: Module[];
  /** what full fine-tuning can change */
  parameters: ParameterCount[];
};
export type ModelDetail = {
  name: string;
  path: string;
  model_type: string | null;
  size_bytes: number;
  num_layers: number | null;
  context_length: number | null;
  has_chat_template: boolean;
  quantization_bits: number | null;
  /** those of the weight files; quantised ones count as what they were */
  parameters: number | null;
  /** as "bfloat16" or "4-bit" */
  precision: string | null;
  licence: string | null;
  origin: "library" | "link";
  linked_to: string | null;
  /** the hub's name for it, where it is known */
  repo_id: string | null;
  /** why it cannot be deleted now, in words */
  in_use: string | null;
  fits: Fit[];
  problem: string | null;
  profile: ModelProfile;
  fingerprint: string;
};
export type ValidationError = {
  loc: (string | number)[];
  msg: string;
  type: string;
  input?: any;
  ctx?: object;
};
export type HttpValidationError = {
  detail?: ValidationError[];
};
export type NewLink = {
  path: string;
  name?: string | null;
};
export type Job = {
  id: string;
  kind: string;
  title: string;
  state: "queued" | "running" | "paused" | "completed" | "cancelled" | "failed";
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  done: number;
  total: number | null;
  unit: string | null;
  message: string | null;
  /** at the pace so far, when progress was last reported */
  seconds_left: number | null;
  reason: string | null;
  /** asked to end, and still ending */
  cancelling: boolean;
  /** it runs or waits, and can be put aside until somebody resumes it */
  can_pause: boolean;
  /** paused, or failed: it goes on where it was */
  can_resume: boolean;
  last_seq: number;
};
export type ConversionRequest = {
  bits?: (4 | 6 | 8) | null;
  mixed?: ("mixed_2_6" | "mixed_3_4" | "mixed_3_6" | "mixed_4_6") | null;
  group_size?: 32 | 64 | 128;
  dtype?: ("bfloat16" | "float16" | "float32") | null;
  model_name: string;
  /** of the new model, in the library */
  name: string;
  /** a data set whose held-out rows show the cost; None takes the general text */
  measure_on?: string | null;
};
export type ConversionEstimate = {
  size_before_bytes: number;
  size_bytes: number;
  bits_per_weight: number;
  free_bytes: number;
  sentence: string;
  notes: string[];
  problem: string | null;
};
export type LossDifference = {
  mean: number;
  low: number | null;
  high: number | null;
};
export type ConversionResult = {
  bits_per_weight: number;
  size_before_bytes: number;
  size_after_bytes: number;
  seconds: number;
  notes: string[];
  measured_on: string;
  examples: number;
  tokens: number;
  device: string;
  computed_in: string;
  loss_before: number | null;
  loss_after: number | null;
  perplexity_before: number | null;
  perplexity_after: number | null;
  difference: LossDifference | null;
  unmeasured: string | null;
  /** where another model had taken the one asked for */
  name?: string | null;
};
export type Conversion = {
  job: Job;
  request: ConversionRequest;
  result: ConversionResult | null;
};
export type CachedModel = {
  repo_id: string;
  revision: string;
  path: string;
  size_bytes: number;
  model_type: string | null;
  parameters: number | null;
  precision: string | null;
  licence: string | null;
  /** its name in the library, where it is there already */
  in_library: string | null;
  problem: string | null;
};
export type CuratedModel = {
  repo_id: string;
  title: string;
  parameters: number;
  download_bytes: number;
  context_length: number;
  licence: string;
  good_for: string;
  gated: boolean;
  in_library: string | null;
  fit: Fit;
};
export type HubFile = {
  name: string;
  bytes: number;
  sha256: string | null;
  blob: string | null;
};
export type HubModel = {
  repo_id: string;
  /** the commit */
  revision: string;
  /** of the folder that a download makes */
  name: string;
  model_type: string | null;
  licence: string | null;
  gated: boolean;
  files: HubFile[];
  download_bytes: number;
  free_bytes: number;
  already_bytes: number;
  in_library: string | null;
  other_revision: string | null;
  problem: string | null;
};
export type DownloadRequest = {
  repo_id: string;
  revision?: string | null;
  name?: string | null;
};
export type SuggestedSettings = {
  iterations: number;
  batch_size: number;
  learning_rate: number;
  max_seq_length: number;
  steps_per_report: number;
  steps_per_eval: number;
  save_every: number;
};
export type SourceFile = {
  name: string;
  sha256: string;
  bytes: number;
};
export type DatasetSource = {
  files: SourceFile[];
  path?: string | null;
};
export type Dataset = {
  name: string;
  path: string;
  description: string | null;
  format:
    ("text" | "messages" | "prompt_completion" | "preference" | "grpo") | null;
  rows: {
    [key: string]: number;
  };
  suggested: {
    [key: string]: SuggestedSettings;
  };
  examples: string[];
  /** of all files of the folder */
  bytes: number;
  created_at: number;
  source: DatasetSource | null;
  /** what was done when it was brought in, in words */
  done: string[];
  problem: string | null;
};
export type BodyImportDataset = {
  files: string[];
  name: string;
  /** an ImportPlan as JSON; what is left out is detected */
  plan?: string | null;
  on_existing?: "refuse" | "new_name" | "replace";
};
export type DatasetRow = {
  row: {
    [key: string]: any;
  };
  prompt: string | null;
  answer: string | null;
};
export type DatasetPreview = {
  name: string;
  split: "train" | "valid" | "test";
  total: number;
  rows: DatasetRow[];
};
export type Token = {
  id: number;
  text: string;
  bytes: string | null;
  special: boolean;
  /** whether training counts the loss of predicting it */
  loss: boolean;
};
export type TokenView = {
  /** from 0; None for a row that is in no data set yet */
  row: number | null;
  total_rows: number | null;
  /** of the file, from 1 */
  line: number | null;
  tokens: Token[];
  full_length: number;
  shown: number;
  cut_at: number | null;
  loss_tokens: number;
  /** which chat template wrote it, or how else it was put together */
  template: string;
  /** what is remarkable about this row, in sentences */
  note: string | null;
};
export type RowRequest = {
  max_seq_length?: number;
  mask_prompt?: boolean;
  train_on_turns?: "all" | "last";
  model_name: string;
  data: string;
  split?: "train" | "valid" | "test";
  row?: number;
};
export type DraftRowRequest = {
  max_seq_length?: number;
  mask_prompt?: boolean;
  train_on_turns?: "all" | "last";
  model_name: string;
  row: {
    [key: string]: any;
  };
};
export type LengthRange = {
  from_tokens: number;
  to_tokens: number;
  rows: number;
};
export type SplitStatistics = {
  rows: number;
  tokens: number;
  loss_tokens: number;
  shortest: number;
  median: number;
  p95: number;
  p99: number;
  longest: number;
  /** rows that are longer than max_seq_length and will be cut */
  truncated: number;
  /** rows that carry no loss once they are cut, and are left out */
  without_loss: number;
  histogram: LengthRange[];
};
export type DataStatistics = {
  splits: {
    [key: string]: SplitStatistics;
  };
  /** padding among all that an epoch computes */
  padding_percent: number;
  batches_per_epoch: number;
  /** batches_per_epoch / grad_accumulation_steps */
  iterations_per_epoch: number;
  tokens_per_epoch: number;
  loss_tokens_per_epoch: number;
  /** a split is so large that a sample of its rows stands for all */
  sampled: boolean;
  sampled_rows: {
    [key: string]: number;
  };
};
export type StatisticsRequest = {
  max_seq_length?: number;
  mask_prompt?: boolean;
  train_on_turns?: "all" | "last";
  model_name: string;
  data: string;
  batch_size?: number;
  batch_tokens?: number | null;
  grad_accumulation_steps?: number;
};
export type ImportFile = {
  name: string;
  bytes: number;
  kind: ("jsonl" | "json" | "csv" | "parquet" | "text") | null;
  /** the split that its name or folder says */
  split: ("train" | "valid" | "test") | null;
  encoding: string | null;
  delimiter: string | null;
  taken: boolean;
  problem: string | null;
};
export type ImportDraft = {
  id: string;
  created_at: number;
  origin: "upload" | "path" | "paste";
  /** where it lies, if it is read in place */
  path: string | null;
  suggested_name: string;
  files: ImportFile[];
  /** why nothing of it can be read */
  problem: string | null;
  check_job: string | null;
  write_job: string | null;
};
export type NewImport = {
  path?: string | null;
  text?: string | null;
  /** what to call it; a file's name where text is pasted */
  name?: string | null;
};
export type Mapping = {
  shape:
    | "text"
    | "conversation"
    | "instruction"
    | "completion"
    | "preference"
    | "grpo";
  columns: {
    [key: string]: string;
  };
};
export type FieldDescription = {
  name: string;
  title: string;
  required: boolean;
  help: string;
};
export type ShapeDescription = {
  shape:
    | "text"
    | "conversation"
    | "instruction"
    | "completion"
    | "preference"
    | "grpo";
  title: string;
  help: string;
  fields: FieldDescription[];
};
export type SourceColumn = {
  name: string;
  kind: string;
  filled_percent: number;
  example: string;
};
export type LookRow = {
  file: string;
  line: number;
  source: any;
  row: {
    [key: string]: any;
  } | null;
  shortened: boolean;
  problem: string | null;
};
export type ImportLook = {
  format_name: string | null;
  sentence: string;
  mapping: Mapping | null;
  shapes: ShapeDescription[];
  columns: SourceColumn[];
  rows_looked_at: number;
  rows: LookRow[];
};
export type LookRequest = {
  mapping?: Mapping | null;
  files?: string[] | null;
};
export type TextRule = {
  kind: "strip" | "nfc" | "collapse_blank_lines" | "replace";
  find?: string | null;
  replace?: string | null;
  regex?: boolean;
};
export type SplitPlan = {
  valid_fraction?: number;
  test_fraction?: number;
  seed?: number;
  group_column?: string | null;
};
export type ImportPlan = {
  mapping?: Mapping | null;
  /** the files to read; None: those that are taken */
  files?: string[] | null;
  rules?: TextRule[];
  split?: SplitPlan | null;
  choices?: {
    [key: string]: "stop" | "skip" | "fix" | "keep";
  };
  model_name?: string | null;
  max_seq_length?: number | null;
};
export type FindingPlace = {
  file: string;
  line: number;
  column: number | null;
  field: string | null;
  excerpt: string;
  sentence: string;
};
export type Finding = {
  kind:
    | "bad_json"
    | "not_an_object"
    | "missing_field"
    | "empty_field"
    | "role_name"
    | "wrong_role"
    | "no_answer"
    | "unpaired_turns"
    | "bad_tool_call"
    | "content_parts"
    | "number_for_text"
    | "not_text"
    | "control_characters"
    | "bad_encoding"
    | "bad_csv"
    | "ragged_row"
    | "line_too_long"
    | "cut_off"
    | "duplicate"
    | "overlap"
    | "too_long"
    | "refused_by_template";
  title: string;
  count: number;
  sentence: string;
  choices: ("stop" | "skip" | "fix" | "keep")[];
  chosen: "stop" | "skip" | "fix" | "keep";
  fix_words: string | null;
  /** the first 20 */
  places: FindingPlace[];
};
export type RuleEffect = {
  /** which of the plan's rules, from 0 */
  rule: number;
  rows: number;
};
export type ImportReport = {
  plan: ImportPlan;
  format_name: string | null;
  mapping: Mapping;
  rows_read: number;
  rows_kept: number;
  findings: Finding[];
  ready: boolean;
  /** why it is not ready, where no finding says so */
  problem: string | null;
  splits: {
    [key: string]: number;
  };
  changed_by_rules: RuleEffect[];
  in_words: string[];
  bytes_read: number;
  seconds: number;
};
export type WriteRequest = {
  name: string;
  plan?: ImportPlan;
  on_existing?: "refuse" | "new_name" | "replace";
};
export type Adapter = {
  name: string;
  path: string;
  model_name: string | null;
  session_id: string | null;
  created_at: number;
  size_bytes: number;
  method: ("lora" | "dora" | "full") | null;
  rank: number | null;
  alpha: number | null;
  scale: number | null;
  num_layers: number | null;
  keys: string[];
  has_best: boolean;
  checkpoints: number[];
  problem: string | null;
};
export type AdapterDetails = {
  name: string | null;
  type: "best" | "latest" | "checkpoint" | "none";
  step: number | null;
  base_fingerprint: string;
  content_hash: string | null;
  warnings: string[];
  method: ("lora" | "dora" | "full") | null;
  model_recorded: string | null;
  num_layers: number | null;
  expected_layers: number;
  rank: number | null;
  alpha: number | null;
  scale: number | null;
  dropout: number | null;
  keys: string[] | null;
  rank_pattern: {
    [key: string]: number;
  };
  alpha_pattern: {
    [key: string]: number;
  };
  chat_template_used: boolean;
};
export type InferenceResponse = {
  response: string;
  thinking: string;
  adapter_details: AdapterDetails;
  prompt_tokens: number;
  cached_tokens: number;
  generated_tokens: number;
  first_token_seconds: number | null;
  seconds: number;
  tokens_per_second: number | null;
  finish_reason: "stop" | "length" | "cancelled";
  notes: string[];
};
export type Message = {
  role: "system" | "user" | "assistant";
  content: string;
};
export type InferenceRequest = {
  max_tokens?: number;
  temperature?: number;
  top_p?: number;
  min_p?: number;
  top_k?: number;
  /** 1 is none; above 1 repeats what was said less */
  repetition_penalty?: number;
  seed?: number | null;
  stop?: string[];
  /** for the chat template, such as enable_thinking */
  chat_template_kwargs?: {
    [key: string]: boolean | number | number | string;
  };
  prompt?: string;
  model_name?: string;
  adapter_name?: string | null;
  adapter_file?: ("best" | "latest") | number | null;
  /** multiplier of the update, for a folder without adapter_config.json */
  adapter_scale?: number | null;
  system_prompt?: string | null;
  history?: Message[];
};
export type ColumnFailed = {
  type?: "failed";
  column: number;
  detail: string;
  code: string;
};
export type ColumnFinished = {
  type?: "finished";
  column: number;
  answer: InferenceResponse;
};
export type ColumnStarted = {
  type?: "started";
  column: number;
  answer_id: string;
  prompt_tokens: number;
  cached_tokens: number;
  adapter_details: AdapterDetails;
  notes: string[];
};
export type ColumnText = {
  type?: "text";
  column: number;
  text: string;
  thinking: string;
};
export type ColumnEvent =
  | ({
      type: "failed";
    } & ColumnFailed)
  | ({
      type: "finished";
    } & ColumnFinished)
  | ({
      type: "started";
    } & ColumnStarted)
  | ({
      type: "text";
    } & ColumnText);
export type Column = {
  adapter_name?: string | null;
  adapter_file?: ("best" | "latest") | number | null;
  adapter_scale?: number | null;
  history?: Message[];
};
export type CompareRequest = {
  max_tokens?: number;
  temperature?: number;
  top_p?: number;
  min_p?: number;
  top_k?: number;
  /** 1 is none; above 1 repeats what was said less */
  repetition_penalty?: number;
  seed?: number | null;
  stop?: string[];
  /** for the chat template, such as enable_thinking */
  chat_template_kwargs?: {
    [key: string]: boolean | number | number | string;
  };
  model_name: string;
  prompt: string;
  system_prompt?: string | null;
  columns: Column[];
};
export type FirstDifference = {
  position: number;
  adapter_token: string;
  other_token: string;
  margin: number;
};
export type VerifyResponse = {
  live: boolean;
  equals_stock: boolean | null;
  equals_alone: boolean | null;
  base_matches: boolean | null;
  scale_matches: boolean | null;
  tokens: number;
  tolerance: number;
  max_difference_to_base: number;
  mean_difference_to_base: number;
  max_difference_to_stock: number | null;
  max_difference_to_alone: number | null;
  changed_top_tokens: number;
  first_difference: FirstDifference | null;
  batch_first_difference: FirstDifference | null;
  adapted_modules: number;
  idle_modules: number;
  idle_names: string[];
  other_tensors: string[];
  verdict: string;
  notes: string[];
  adapter_details: AdapterDetails;
  seconds: number;
};
export type VerifyRequest = {
  model_name: string;
  adapter_name: string;
  adapter_file?: ("best" | "latest") | number | null;
  adapter_scale?: number | null;
  text?: string | null;
  /** also load the folder with mlx_lm itself, in a process of its own */
  stock?: boolean;
};
export type InferenceStatus = {
  state: "unloaded" | "loading" | "answering" | "idle";
  model_name: string | null;
  memory_bytes: number | null;
  rows: number;
  waiting: number;
  adapters: number;
  unloads_at: number | null;
  last_unload: string | null;
};
export type TrainingConfig = {
  /** Name of a model in the library, or the path of its folder. */
  model_path: string;
  /** Name of a data set in the library, or the path of a folder or of a JSONL file. */
  train_data_path: string;
  /** JSONL file to validate on; a data folder brings its own valid.jsonl. */
  val_data_path?: string | null;
  /** Letters, digits, dots, dashes and underscores; the folder's name. */
  adapter_name?: string;
  /** Refuse, take the next free name, or replace the adapter. */
  on_existing?: "refuse" | "new_name" | "replace";
  /** How far each step moves the adapter; 1e-4 is recommended for LoRA. */
  learning_rate?: number;
  /** Examples in one step; more needs more memory. */
  batch_size?: number;
  /** In place of a batch size: as many examples as fit into this many tokens, padding included. */
  batch_tokens?: number | null;
  /** Batches whose gradients make one step together: a larger batch in the memory of one. */
  grad_accumulation_steps?: number;
  /** Longer examples are cut at this length; shorter ones take no more memory for it. */
  max_seq_length?: number;
  /** Steps of the optimizer. */
  iterations?: number;
  /** Steps between two points of the training loss. */
  steps_per_report?: number;
  /** Steps between two validations. */
  steps_per_eval?: number;
  /** Steps between two numbered checkpoints. */
  save_every?: number;
  /** How many batches to validate on; -1 means all, as is usual. */
  val_batches?: number;
  /** End when the validation loss has not improved for a while. */
  early_stop?: boolean;
  /** Validations without improvement before stopping early. */
  patience?: number;
  /** AdamW suits LoRA. */
  optimizer?: "adamw" | "adam" | "sgd" | "adafactor" | "muon";
  /** Pulls weights towards zero; left empty, 0.01 with AdamW and Muon and none with the others. */
  weight_decay?: number | null;
  /** How the learning rate moves: constant, or falling to zero by the last step. */
  lr_schedule?: "constant" | "linear" | "cosine";
  /** First steps in which the learning rate rises from zero; a few percent of all. */
  warmup_steps?: number;
  /** Longer gradients are shortened to this norm; empty means never. */
  max_grad_norm?: number | null;
  /** Much less memory for about a third more time a step. */
  grad_checkpoint?: boolean;
  /** Count the loss on the assistant's answers, not on the prompts. */
  mask_prompt?: boolean;
  /** With answers only: all of a conversation's answers, or its last. */
  train_on_turns?: "all" | "last";
  /** The same seed gives the same run on the same machine. */
  seed?: number;
  /** LoRA suits nearly everything; DoRA also learns each weight's size; full changes the base's own weights. */
  fine_tune_type?: "lora" | "dora" | "full";
  /** Full adapts every weight matrix of a layer, attention only its attention. */
  targets?: "full" | "attention" | "query_value" | "mlp" | "custom";
  /** With a custom choice: modules inside a layer (self_attn.q_proj), patterns (mlp.*), or groups (experts). */
  lora_keys?: string[] | null;
  /** How much the adapter can hold, and how large it is. */
  lora_rank?: number;
  /** The update is multiplied by alpha / rank; usually equal to rank. */
  lora_alpha?: number;
  /** More than 0 only against overfitting. */
  lora_dropout?: number;
  /** -1 or 0 adapts all layers, N the last N. */
  lora_num_layers?: number;
  /** Multiplier of the update in mlx-lm's sense; overrides alpha / rank. */
  lora_scale?: number | null;
  /** Multiply the update by alpha / sqrt(rank) in place of alpha / rank (rsLoRA). */
  use_rslora?: boolean;
  /** A rank of their own for mixture-of-experts layers; rank / active experts is the published advice. */
  expert_rank?: number | null;
  /** Ranks for a group, a key or a pattern, such as attention: 8. */
  rank_pattern?: {
    [key: string]: number;
  };
  /** Alphas for a group, a key or a pattern, such as mlp.*: 16. */
  alpha_pattern?: {
    [key: string]: number;
  };
  /** LoRA+: B learns this many times as fast as A; 1 is plain LoRA, 16 the published advice. */
  loraplus_lr_ratio?: number;
  /** Adapter file (.safetensors) whose weights the run begins with. */
  resume_adapter_file?: string | null;
  /** Data-parallel processes on this machine that share each batch; 1 is usual on one machine. */
  local_processes?: number;
  /** Names or addresses of machines to train on together, this one first; empty means alone. */
  hosts?: string[];
};
export type SessionDetail = {
  id: string;
  state:
    | "queued"
    | "starting"
    | "running"
    | "paused"
    | "completed"
    | "stopped"
    | "early_stopped"
    | "failed";
  adapter_name: string;
  model_name: string;
  data_name: string;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  duration_seconds: number | null;
  earlier_seconds: number;
  /** the iteration that this attempt goes on after */
  resumed_after: number;
  iteration: number;
  iterations: number;
  /** of the newest checkpoint */
  saved_iteration: number;
  train_loss: number | null;
  best_iteration: number | null;
  best_val_loss: number | null;
  trainable_parameters: number | null;
  /** why it ended, in words */
  reason: string | null;
  /** asked to stop, and still saving */
  stopping: boolean;
  /** asked to pause, and still saving */
  pausing: boolean;
  last_seq: number;
  config: TrainingConfig;
  /** 1 is next; None when not waiting */
  queue_position: number | null;
  /** the iteration that it would go on after; None while it waits or trains, or cannot */
  resumes_after: number | null;
  adapter_exists: boolean;
  /** of the base model that it is trained on */
  base_fingerprint: string;
  /** by part: "train", and "valid" where there is one */
  data_sha256: {
    [key: string]: string;
  };
};
export type ModuleGroup = {
  key: string;
  modules: number;
  parameters: number;
};
export type ConfigWarning = {
  field: string;
  message: string;
};
export type TrainingEstimate = {
  model_type: string;
  total_parameters: number;
  trainable_parameters: number;
  trainable_percent: number;
  num_layers: number;
  adapted_layers: number;
  adapted_modules: number;
  scale: number;
  groups: ModuleGroup[];
  suggested_learning_rate: number;
  comparable_learning_rate: number;
  /** what the choice of modules did, as the log will say it */
  notes: string[];
  warnings: ConfigWarning[];
};
export type Session = {
  id: string;
  state:
    | "queued"
    | "starting"
    | "running"
    | "paused"
    | "completed"
    | "stopped"
    | "early_stopped"
    | "failed";
  adapter_name: string;
  model_name: string;
  data_name: string;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  duration_seconds: number | null;
  earlier_seconds: number;
  /** the iteration that this attempt goes on after */
  resumed_after: number;
  iteration: number;
  iterations: number;
  /** of the newest checkpoint */
  saved_iteration: number;
  train_loss: number | null;
  best_iteration: number | null;
  best_val_loss: number | null;
  trainable_parameters: number | null;
  /** why it ended, in words */
  reason: string | null;
  /** asked to stop, and still saving */
  stopping: boolean;
  /** asked to pause, and still saving */
  pausing: boolean;
  last_seq: number;
};
export type TrainingStatus = {
  running: Session | null;
  queue: Session[];
};
export type ConfigChanges = {
  model_path?: string;
  train_data_path?: string;
  /** JSONL file to validate on; a data folder brings its own valid.jsonl. */
  val_data_path?: string | null;
  /** Letters, digits, dots, dashes and underscores; the folder's name. */
  adapter_name?: string;
  /** Refuse, take the next free name, or replace the adapter. */
  on_existing?: "refuse" | "new_name" | "replace";
  /** How far each step moves the adapter; 1e-4 is recommended for LoRA. */
  learning_rate?: number;
  /** Examples in one step; more needs more memory. */
  batch_size?: number;
  /** In place of a batch size: as many examples as fit into this many tokens, padding included. */
  batch_tokens?: number | null;
  /** Batches whose gradients make one step together: a larger batch in the memory of one. */
  grad_accumulation_steps?: number;
  /** Longer examples are cut at this length; shorter ones take no more memory for it. */
  max_seq_length?: number;
  /** Steps of the optimizer. */
  iterations?: number;
  /** Steps between two points of the training loss. */
  steps_per_report?: number;
  /** Steps between two validations. */
  steps_per_eval?: number;
  /** Steps between two numbered checkpoints. */
  save_every?: number;
  /** How many batches to validate on; -1 means all, as is usual. */
  val_batches?: number;
  /** End when the validation loss has not improved for a while. */
  early_stop?: boolean;
  /** Validations without improvement before stopping early. */
  patience?: number;
  /** AdamW suits LoRA. */
  optimizer?: "adamw" | "adam" | "sgd" | "adafactor" | "muon";
  /** Pulls weights towards zero; left empty, 0.01 with AdamW and Muon and none with the others. */
  weight_decay?: number | null;
  /** How the learning rate moves: constant, or falling to zero by the last step. */
  lr_schedule?: "constant" | "linear" | "cosine";
  /** First steps in which the learning rate rises from zero; a few percent of all. */
  warmup_steps?: number;
  /** Longer gradients are shortened to this norm; empty means never. */
  max_grad_norm?: number | null;
  /** Much less memory for about a third more time a step. */
  grad_checkpoint?: boolean;
  /** Count the loss on the assistant's answers, not on the prompts. */
  mask_prompt?: boolean;
  /** With answers only: all of a conversation's answers, or its last. */
  train_on_turns?: "all" | "last";
  /** The same seed gives the same run on the same machine. */
  seed?: number;
  /** LoRA suits nearly everything; DoRA also learns each weight's size; full changes the base's own weights. */
  fine_tune_type?: "lora" | "dora" | "full";
  /** Full adapts every weight matrix of a layer, attention only its attention. */
  targets?: "full" | "attention" | "query_value" | "mlp" | "custom";
  /** With a custom choice: modules inside a layer (self_attn.q_proj), patterns (mlp.*), or groups (experts). */
  lora_keys?: string[] | null;
  /** How much the adapter can hold, and how large it is. */
  lora_rank?: number;
  /** The update is multiplied by alpha / rank; usually equal to rank. */
  lora_alpha?: number;
  /** More than 0 only against overfitting. */
  lora_dropout?: number;
  /** -1 or 0 adapts all layers, N the last N. */
  lora_num_layers?: number;
  /** Multiplier of the update in mlx-lm's sense; overrides alpha / rank. */
  lora_scale?: number | null;
  /** Multiply the update by alpha / sqrt(rank) in place of alpha / rank (rsLoRA). */
  use_rslora?: boolean;
  /** A rank of their own for mixture-of-experts layers; rank / active experts is the published advice. */
  expert_rank?: number | null;
  /** Ranks for a group, a key or a pattern, such as attention: 8. */
  rank_pattern?: {
    [key: string]: number;
  };
  /** Alphas for a group, a key or a pattern, such as mlp.*: 16. */
  alpha_pattern?: {
    [key: string]: number;
  };
  /** LoRA+: B learns this many times as fast as A; 1 is plain LoRA, 16 the published advice. */
  loraplus_lr_ratio?: number;
  /** Adapter file (.safetensors) whose weights the run begins with. */
  resume_adapter_file?: string | null;
  /** Data-parallel processes on this machine that share each batch; 1 is usual on one machine. */
  local_processes?: number;
  /** Names or addresses of machines to train on together, this one first; empty means alone. */
  hosts?: string[];
};
export type Best = {
  seq: number;
  time: number;
  type: "best";
  iteration: number;
  val_loss: number;
};
export type Checkpoint = {
  seq: number;
  time: number;
  type: "checkpoint";
  iteration: number;
  file: string;
};
export type Finished = {
  seq: number;
  time: number;
  type: "finished";
  outcome: "completed" | "stopped" | "early_stopped" | "failed";
  reason: string;
  iteration: number;
};
export type Paused = {
  seq: number;
  time: number;
  type: "paused";
  iteration: number;
};
export type Queued = {
  seq: number;
  time: number;
  type: "queued";
  adapter_name: string;
  model_name: string;
  data_name: string;
  iterations: number;
};
export type Resumed = {
  seq: number;
  time: number;
  type: "resumed";
  iteration: number;
  iterations: number;
};
export type Spawned = {
  seq: number;
  time: number;
  type: "spawned";
  pid: number;
  process_started: number;
};
export type Started = {
  seq: number;
  time: number;
  type: "started";
  model: string;
  model_type: string;
  device: string;
  versions: {
    [key: string]: string;
  };
  total_parameters: number;
  trainable_parameters: number;
  trainable_percent: number;
  trainable_by_module: {
    [key: string]: number;
  };
  keys: string[];
  adapted_modules: number;
  iterations: number;
  begins_after: number;
  train_examples: number;
  validation_examples: number;
};
export type Train = {
  seq: number;
  time: number;
  type: "train";
  iteration: number;
  train_loss: number;
  learning_rate: number;
  iterations_per_second: number;
  tokens_per_second: number;
  trained_tokens: number;
  peak_memory_gb: number;
  grad_norm: number;
};
export type Validation = {
  seq: number;
  time: number;
  type: "validation";
  iteration: number;
  val_loss: number;
  seconds: number;
};
export type Warned = {
  seq: number;
  time: number;
  type: "warning";
  message: string;
};
export type TrainingEvent =
  | ({
      type: "best";
    } & Best)
  | ({
      type: "checkpoint";
    } & Checkpoint)
  | ({
      type: "finished";
    } & Finished)
  | ({
      type: "paused";
    } & Paused)
  | ({
      type: "queued";
    } & Queued)
  | ({
      type: "resumed";
    } & Resumed)
  | ({
      type: "spawned";
    } & Spawned)
  | ({
      type: "started";
    } & Started)
  | ({
      type: "train";
    } & Train)
  | ({
      type: "validation";
    } & Validation)
  | ({
      type: "warning";
    } & Warned);
export type Attempt = {
  began_at: number;
  ended_at?: number | null;
};
export type TrainLine = {
  iterations: number[];
  losses: number[];
  means: number[];
  /** trained so far, those that carry loss */
  tokens: number[];
  times: number[];
};
export type ValidationLine = {
  iterations: number[];
  losses: number[];
  times: number[];
};
export type BestPoint = {
  iteration: number;
  loss: number;
};
export type Course = {
  last_seq: number;
  /** whether it had ended or was paused */
  at_rest: boolean;
  attempts: Attempt[];
  train: TrainLine;
  validation: ValidationLine;
  best: BestPoint | null;
  /** of the training loss, also those that were left out */
  reports: number;
  /** of the latest attempt */
  started: Started | null;
  tokens_per_second: number | null;
  peak_memory_gb: number | null;
  /** of the log; they are left out */
  unreadable_lines: number;
};
export type ResumeRequest = {
  iterations?: number | null;
};
export type Range = {
  likely: number;
  low: number;
  high: number;
};
export type BatchShape = {
  rows: number;
  width: number;
};
export type MeasuredStep = {
  shape: BatchShape;
  first_seconds: number;
  seconds: number;
  slowest_seconds: number;
  peak_bytes: number;
};
export type Remedy = {
  changes: {
    [key: string]: any;
  };
  words: string;
  peak_memory_bytes: Range;
  fits: boolean;
};
export type PreflightResult = {
  fits: boolean;
  /** whether it fits, and what tells so, in words */
  verdict: string;
  peak_memory_bytes: Range | null;
  duration_seconds: Range | null;
  memory_limit_bytes: number | null;
  measured: MeasuredStep[];
  /** where it does not fit: changes that help, the last of them enough */
  remedies: Remedy[];
};
export type TimeSource = {
  kind: "measurement" | "run";
  at: number;
  session_id: string | null;
  adapter_name: string | null;
};
export type Forecast = {
  /** also at the upper end of the band */
  fits: boolean;
  /** whether it should fit, in words */
  verdict: string;
  peak_memory_bytes: Range;
  /** what this machine has for the run now */
  memory_limit_bytes: number;
  duration_seconds: Range | null;
  /** what the time is worked out from */
  time_source: TimeSource | null;
  /** where it does not fit: changes that help, the last of them enough */
  remedies: Remedy[];
};
export type PresetSettings = {
  iterations: number;
  batch_size: number;
  batch_tokens: number | null;
  grad_accumulation_steps: number;
  learning_rate: number;
  lr_schedule: "constant" | "linear" | "cosine";
  warmup_steps: number;
  max_seq_length: number;
  steps_per_report: number;
  steps_per_eval: number;
  save_every: number;
  val_batches: number;
  early_stop: boolean;
  patience: number;
};
export type Preset = {
  name: "quick" | "solid" | "thorough";
  title: string;
  why: string;
  settings: PresetSettings;
  /** how often the run reads the data, if it does not stop early */
  epochs: number;
  /** what it reads in all, padding left out */
  tokens: number;
  iterations: number;
};
export type SavedSettings = {
  name: string;
  /** seconds since the epoch */
  saved_at: number;
  model_path: string | null;
  train_data_path: string | null;
  /** why the file cannot be read */
  problem: string | null;
};
export type SettingsProblem = {
  field: string;
  /** what is wrong and what would be right, in words */
  message: string;
  line: number;
};
export type ReadSettings = {
  settings: ConfigChanges;
  problems: SettingsProblem[];
};
export type SavedSettingsDetail = {
  settings: ConfigChanges;
  problems: SettingsProblem[];
  name: string;
  /** the file as it stands */
  yaml: string;
};
export type JobDetail = {
  id: string;
  kind: string;
  title: string;
  state: "queued" | "running" | "paused" | "completed" | "cancelled" | "failed";
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  done: number;
  total: number | null;
  unit: string | null;
  message: string | null;
  /** at the pace so far, when progress was last reported */
  seconds_left: number | null;
  reason: string | null;
  /** asked to end, and still ending */
  cancelling: boolean;
  /** it runs or waits, and can be put aside until somebody resumes it */
  can_pause: boolean;
  /** paused, or failed: it goes on where it was */
  can_resume: boolean;
  last_seq: number;
  settings: {
    [key: string]: any;
  };
};
export type JobFinished = {
  seq: number;
  time: number;
  type: "finished";
  outcome: "completed" | "cancelled" | "failed";
  reason: string;
};
export type JobPaused = {
  seq: number;
  time: number;
  type: "paused";
};
export type JobProgress = {
  seq: number;
  time: number;
  type: "progress";
  done: number;
  total: number;
  unit: string;
  message: string;
  seconds_left: number | null;
};
export type JobQueued = {
  seq: number;
  time: number;
  type: "queued";
  reason: string | null;
};
export type JobSpawned = {
  seq: number;
  time: number;
  type: "spawned";
  pid: number;
  process_started: number;
};
export type JobEvent =
  | ({
      type: "finished";
    } & JobFinished)
  | ({
      type: "paused";
    } & JobPaused)
  | ({
      type: "progress";
    } & JobProgress)
  | ({
      type: "queued";
    } & JobQueued)
  | ({
      type: "spawned";
    } & JobSpawned);
export type EvaluatedAdapter = {
  adapter_name: string;
  adapter_file?: ("best" | "latest") | number | null;
  adapter_scale?: number | null;
};
export type EvaluationRequest = {
  model_name: string;
  adapters?: EvaluatedAdapter[];
  /** a data set's name, or the path of a folder of splits */
  data: string;
  split?: "test" | "valid";
  limit?: number | null;
  seed?: number;
  /** longer rows are cut, counted and named */
  max_seq_length?: number;
  mask_prompt?: boolean;
  train_on_turns?: "all" | "last";
  /** also measure the general text, so that forgetting shows */
  general?: boolean;
};
export type PartSummary = {
  available: number;
  rows: number;
  examples: number;
  tokens: number;
  empty: number;
  cut: number;
  longest: number;
  max_seq_length: number;
};
export type Difference = {
  mean: number;
  low: number | null;
  high: number | null;
  verdict: "better" | "worse" | "unclear" | "equal" | "too_few";
};
export type Score = {
  loss: number;
  perplexity: number | null;
  difference: Difference | null;
};
export type WeightsResult = {
  details: AdapterDetails;
  data: Score | null;
  general: Score | null;
  problem: string | null;
};
export type EvaluationResult = {
  data: PartSummary;
  general: PartSummary | null;
  weights: WeightsResult[];
};
export type Evaluation = {
  job: Job;
  request: EvaluationRequest;
  weights: AdapterDetails[];
  result: EvaluationResult | null;
};
export type EvaluatedExample = {
  part: "data" | "general";
  index: number;
  line: number;
  prompt: string | null;
  reference: string | null;
  text: string | null;
  tokens: number;
  full_length: number;
  cut: boolean;
  losses: (number | null)[];
};
export type ExamplePage = {
  total: number;
  examples: EvaluatedExample[];
};
export type Sampling = {
  max_tokens?: number;
  temperature?: number;
  top_p?: number;
  min_p?: number;
  top_k?: number;
  /** 1 is none; above 1 repeats what was said less */
  repetition_penalty?: number;
  seed?: number | null;
  stop?: string[];
  /** for the chat template, such as enable_thinking */
  chat_template_kwargs?: {
    [key: string]: boolean | number | number | string;
  };
};
export type Candidate = {
  adapter_name?: string | null;
  type: "best" | "latest" | "checkpoint" | "none";
  step?: number | null;
  content_hash?: string | null;
  scale?: number | null;
  text: string;
  finish_reason: "stop" | "length" | "cancelled";
};
export type Vote = {
  model: string;
  base_fingerprint: string;
  prompt: string;
  system_prompt?: string | null;
  history?: Message[];
  sampling: Sampling;
  candidates: Candidate[];
  order: number[];
  outcome: number | ("tie" | "both_bad");
  type?: "vote";
  id: string;
  time: number;
};
export type NewVote = {
  model: string;
  base_fingerprint: string;
  prompt: string;
  system_prompt?: string | null;
  history?: Message[];
  sampling: Sampling;
  candidates: Candidate[];
  order: number[];
  outcome: number | ("tie" | "both_bad");
};
export type Weights = {
  adapter_name?: string | null;
  type: "best" | "latest" | "checkpoint" | "none";
  step?: number | null;
  content_hash?: string | null;
  scale?: number | null;
};
export type ContestantTally = {
  decided: number;
  wins: number;
  losses: number;
  ties: number;
  rate: number | null;
  low: number | null;
  high: number | null;
  even_rate: number;
  standing: "no_votes" | "even" | "open" | "better" | "worse";
  more_votes: number | null;
  id: string;
  weights: Weights;
  both_bad: number;
  last_vote_at: number;
};
export type PairTally = {
  decided: number;
  wins: number;
  losses: number;
  ties: number;
  rate: number | null;
  low: number | null;
  high: number | null;
  even_rate: number;
  standing: "no_votes" | "even" | "open" | "better" | "worse";
  more_votes: number | null;
  first: string;
  second: string;
};
export type VoteTally = {
  model: string;
  votes: number;
  ties: number;
  both_bad: number;
  contestants: ContestantTally[];
  pairs: PairTally[];
  preference_pairs: number;
  pairs_left_out: number;
  unreadable_lines: number[];
};
export const {
  useGetHealthQuery,
  useListModelsQuery,
  useGetModelQuery,
  useDeleteModelMutation,
  useAddModelMutation,
  useConvertModelMutation,
  useEstimateConversionQuery,
  useListConversionsQuery,
  useGetConversionQuery,
  useListCachedModelsQuery,
  useListCuratedModelsQuery,
  useLookAtHubModelQuery,
  useDownloadModelMutation,
  useListDatasetsQuery,
  useImportDatasetMutation,
  useGetDatasetQuery,
  useDeleteDatasetMutation,
  usePreviewDatasetQuery,
  useViewTokensQuery,
  useViewDraftTokensQuery,
  useGetTokenStatisticsQuery,
  useListImportsQuery,
  useBeginImportMutation,
  useUploadImportFileMutation,
  useGetImportQuery,
  useDeleteImportMutation,
  useLookAtImportQuery,
  useCheckImportMutation,
  useGetImportReportQuery,
  useWriteImportMutation,
  useListAdaptersQuery,
  useGetAdapterQuery,
  useDeleteAdapterMutation,
  useRunInferenceMutation,
  useCompareAnswersMutation,
  useVerifyAdapterMutation,
  useCancelAnswerMutation,
  useGetInferenceStatusQuery,
  useUnloadModelMutation,
  useGetTrainingSchemaQuery,
  useStartTrainingMutation,
  useEstimateTrainingQuery,
  useGetTrainingStatusQuery,
  useStopTrainingMutation,
  useReorderQueueMutation,
  useListSessionsQuery,
  useGetSessionQuery,
  useChangeSessionMutation,
  useDeleteSessionMutation,
  useListSessionEventsQuery,
  useGetSessionCourseQuery,
  useGetSessionLogQuery,
  useGetSessionConfigQuery,
  useGetSessionMlxLoraQuery,
  useStopSessionMutation,
  usePauseSessionMutation,
  useResumeSessionMutation,
  useCloneSessionMutation,
  useMeasureTrainingMutation,
  useCancelPreflightMutation,
  useForecastTrainingQuery,
  useSuggestPresetsQuery,
  useListSavedSettingsQuery,
  useReadSettingsTextMutation,
  useGetSavedSettingsQuery,
  useSaveSettingsMutation,
  useDeleteSavedSettingsMutation,
  useListJobsQuery,
  useGetJobQuery,
  useDeleteJobMutation,
  useListJobEventsQuery,
  useGetJobLogQuery,
  useCancelJobMutation,
  usePauseJobMutation,
  useResumeJobMutation,
  useListEvaluationsQuery,
  useStartEvaluationMutation,
  useGetEvaluationQuery,
  useListEvaluationExamplesQuery,
  useExportEvaluationCsvQuery,
  useExportEvaluationJsonlQuery,
  useCastVoteMutation,
  useListVotesQuery,
  useGetVoteTallyQuery,
  useDownloadPreferencesQuery,
  useRetractVoteMutation,
} = injectedRtkApi;
