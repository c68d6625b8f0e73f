/** The names of operations in generated clients. They are public: a name that is here stays, whatever its method is called. */
const OPERATION_IDS: Readonly<Record<string, string>> = {
  'NativeController.invoke': 'invoke',
  'NativeController.batch': 'submitBatch',
  'NativeController.list': 'listFunctions',
  'NativeController.find': 'listInvocations',
  'NativeController.lookup': 'lookupInvocations',
  'NativeController.read': 'getInvocation',
  'NativeController.result': 'getResult',
  'NativeController.cancel': 'cancelInvocation',
  'NativeController.events': 'followInvocation',
  'NativeController.logs': 'getLogs',
  'DeliveriesController.read': 'getDeliveries',
  'DeliveriesController.resend': 'resendCallback',
  'CallbacksController.test': 'testCallback',
  'DeadLettersController.list': 'listDeadLetters',
  'DeadLettersController.inspect': 'getDeadLetter',
  'DeadLettersController.replay': 'replayDeadLetters',
  'DeadLettersController.purge': 'purgeDeadLetters',
  'SchedulesController.list': 'listSchedules',
  'SchedulesController.get': 'getSchedule',
  'SchedulesController.put': 'putSchedule',
  'SchedulesController.delete': 'deleteSchedule',
  'SchedulesController.pause': 'pauseSchedule',
  'SchedulesController.resume': 'resumeSchedule',
  'SchedulesController.next': 'getNextRuns',
  'FleetController.workers': 'listWorkers',
  'FleetController.queues': 'listQueues',
  'FleetController.forget': 'forgetFunction',
  'CloudbaseController.admin': 'cloudbaseAdmin',
  'CloudbaseController.web': 'cloudbaseWeb',
  'CloudbaseController.call': 'cloudbaseCall',
  'MinappController.invoke': 'minappInvoke',
  'MinappController.start': 'minappStart',
  'MinappController.startNamed': 'minappStartNamed',
  'MinappController.debug': 'minappDebug',
  'MinappController.list': 'minappListJobs',
  'MinappController.result': 'minappGetResult',
  'PackagesController.list': 'listPackages',
  'PackagesController.download': 'downloadPackage',
  'HealthController.live': 'getLiveness',
  'HealthController.ready': 'getReadiness',
  'MetricsController.read': 'getMetrics',
};

/** Refuses a route without a name: the API does not describe what it cannot name for good. */
export function operationId(controller: string, method: string): string {
  const id = OPERATION_IDS[`${controller}.${method}`];
  if (id === undefined) throw new Error(`${controller}.${method} needs a name in openapi/operation-ids.ts`);
  return id;
}
