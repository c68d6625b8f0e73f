/** The public API of the client. The only index file of the project: a package has one entry. */
export { BaaS, createBaaS } from './baas';
export type { BaaSClient, BaaSJob, BaaSOptions, BaaSResponse, BaaSResult, BaaSStarted } from './baas';
export { CloudError } from './cloud-error';
export { cloud, createCloud, DYNAMIC_CURRENT_ENV } from './cloud';
export type { CallFunctionOptions, CallFunctionResult, Cloud, CloudInit, CloudOptions, EnvChoice } from './cloud';
export { createClient, InvoqClient } from './client';
export type { ClientOptions } from './client-options';
export type {
  CallbackOption,
  InvokeOptions,
  ListOptions,
  ReadOptions,
  ResultOptions,
  SubmitAllOptions,
  SubmitOptions,
} from './call-options';
export type { DeadLetters } from './dead-letters';
export { FunctionError, InvoqError } from './errors';
export type { ClientErrorType, InvoqErrorType } from './errors';
export type { FollowOptions, LiveEvent } from './follow';
export { HError } from './h-error';
export { CDN, CDN_THRESHOLD, LargeField } from './large-field';
export type { LargeValue } from './large-field';
export type { LogLine } from './log-lines';
export type { BlobLink } from './answers';
export type { JobResult } from './results';
export type { RetryOptions } from './retry';
export type { ScheduleOptions, Schedules } from './schedules';
export { Submission } from './submission';
export { CallbackError, verifyCallback } from './verify-callback';
export type { CallbackEvent, CallbackErrorType, VerifyOptions } from './verify-callback';
export type {
  CallbackTestResult,
  CallbackInput,
  Deliveries,
  Delivery,
  DeliveryState,
  DeliveryTry,
  FailingCallback,
} from '@invoq/contract/callback';
export type { DeadLetter, DeadLetterPage, InspectedLetter, Replay, Replays } from '@invoq/contract/dead-letter';
export type { Envelope, EnvelopeError } from '@invoq/contract/envelope';
export type { ErrorType, Started } from '@invoq/contract/errors';
export type { ListedFunction } from '@invoq/contract/function';
export type { FieldError } from '@invoq/contract/refusal';
export type { Audit, AuditOptions } from './operations/audit';
export type { StatsOptions } from './operations/stats';
export type { Functions } from './operations/functions';
export type { Invocations } from './operations/invocations';
export type { Queues } from './operations/queues';
export type { Workers } from './operations/workers';
export type { AuditAction, AuditEntry, AuditPage } from '@invoq/contract/operations/audit';
export type {
  CallCounts,
  FunctionStats,
  Spread,
  Stats,
  StatsOfCalls,
  StatsPoint,
} from '@invoq/contract/operations/stats';
export type { Summary } from '@invoq/contract/operations/summary';
export type { BulkAction, BulkAnswer, BulkFilter, BulkRequest, PurgeRequest } from '@invoq/contract/operations/bulk';
export type { DrainRequest, WorkerDrain } from '@invoq/contract/operations/drain';
export type { QueueLoad } from '@invoq/contract/operations/load';
export type { FunctionPause, Pause, QueuePause } from '@invoq/contract/operations/pause';
export type { Replayed } from '@invoq/contract/operations/replay';
export type { LaneView, QueueView, WorkerView } from '@invoq/contract/fleet-views';
export type { Attempt, AttemptError, RetryRule, RetryInput } from '@invoq/contract/retry';
export type { LastRun, ListedSchedule, Overlap, Schedule, ScheduleInput, SchedulePage } from '@invoq/contract/schedule';
export type { Invocation, InvocationPage, InvocationResult, Mode, Status } from '@invoq/contract/invocation';
export type { Lookup } from '@invoq/contract/lookup';
