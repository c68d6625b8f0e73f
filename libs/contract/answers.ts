/**
 * The answers of the native API, by their names in the description. The types are the one place in which an answer is
 * written: the client has them as they are, and the build makes the schemas of OpenAPI from them, comments included
 * (scripts/answer-schemas.mjs). The values of an answer are of its type; so an answer, its description and the client agree.
 */
import type {
  CallbackInput,
  CallbackTestResult,
  Deliveries,
  Delivery,
  DeliveryTry,
  FailingCallback,
  FailingCallbacks,
} from './callback';
import type {
  DeadLetter,
  DeadLetterPage,
  InspectedLetter,
  Purged,
  RefusedReplay,
  Replay,
  Replays,
} from './dead-letter';
import type { BusyLane, FleetQueues, FleetWorkers, LaneView, QueueView, WorkerView } from './fleet-views';
import type {
  Forgotten,
  ListedFunction,
  ListedFunctions,
  LoadProblem,
  RetentionInput,
  Timeouts,
  TimerTrigger,
} from './function';
import type { Accepted, Cancelled, Invocation, InvocationPage, InvocationResult } from './invocation';
import type { Lookup } from './lookup';
import type { AuditEntry, AuditPage } from './operations/audit';
import type { BulkAnswer } from './operations/bulk';
import type { WorkerDrain } from './operations/drain';
import type { QueueLoad } from './operations/load';
import type { FunctionPause, Pause, QueuePause } from './operations/pause';
import type { Replayed } from './operations/replay';
import type { FunctionStats, Spread, Stats, StatsOfCalls, StatsPoint } from './operations/stats';
import type { Summary } from './operations/summary';
import type { Rate } from './rate';
import type { Refused } from './refusal';
import type { Attempt, AttemptError, RetryInput } from './retry';
import type { LastRun, ListedSchedule, NextRuns, Schedule, ScheduleDeleted, SchedulePage } from './schedule';

export interface Answers {
  AcceptedDto: Accepted;
  CancelledDto: Cancelled;
  InvocationDto: Invocation;
  AttemptDto: Attempt;
  AttemptErrorDto: AttemptError;
  PageDto: InvocationPage;
  LookupAnswerDto: Lookup;
  RefusedDto: Refused;
  DeadLetterDto: DeadLetter;
  DeadLettersPageDto: DeadLetterPage;
  InspectedLetterDto: InspectedLetter;
  ReplayDto: Replay;
  ReplaysDto: Replays;
  RefusedReplayDto: RefusedReplay;
  PurgedDto: Purged;
  ListedScheduleDto: ListedSchedule;
  ScheduleAnswerDto: Schedule;
  SchedulesDto: SchedulePage;
  LastRunDto: LastRun;
  ScheduleDeletedDto: ScheduleDeleted;
  NextRunsDto: NextRuns;
  DeliveriesDto: Deliveries;
  DeliveryDto: Delivery;
  DeliveryTryDto: DeliveryTry;
  FailingCallbackDto: FailingCallback;
  FailingCallbacksDto: FailingCallbacks;
  CallbackTestResultDto: CallbackTestResult;
  FunctionDto: ListedFunction;
  FunctionsDto: ListedFunctions;
  RateDto: Rate;
  TimeoutsDto: Timeouts;
  RetentionDto: RetentionInput;
  TriggerDto: TimerTrigger;
  LoadProblemDto: LoadProblem;
  ForgottenDto: Forgotten;
  WorkerDto: WorkerView;
  WorkersDto: FleetWorkers;
  BusyDto: BusyLane;
  QueueDto: QueueView;
  QueuesDto: FleetQueues;
  LaneDto: LaneView;
  QueueLoadDto: QueueLoad;
  PauseDto: Pause;
  QueuePauseDto: QueuePause;
  FunctionPauseDto: FunctionPause;
  WorkerDrainDto: WorkerDrain;
  BulkAnswerDto: BulkAnswer;
  ReplayedDto: Replayed;
  AuditEntryDto: AuditEntry;
  AuditPageDto: AuditPage;
  SummaryDto: Summary;
  SpreadDto: Spread;
  StatsOfCallsDto: StatsOfCalls;
  StatsPointDto: StatsPoint;
  FunctionStatsDto: FunctionStats;
  StatsAnswerDto: Stats;
  /** @elsewhere in apps/api/openapi/envelopes.ts */
  ResultDto: InvocationResult;
  /** @elsewhere by the class that checks it in a request */
  RetryDto: RetryInput;
  /** @elsewhere by the class that checks it in a request */
  CallbackDto: CallbackInput;
}
