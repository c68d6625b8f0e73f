/** Every word that the console says, in both languages. A language without one of them does not compile. */
const en = {
  overview: 'Overview', invocations: 'Invocations', functions: 'Functions', queues: 'Queues', workers: 'Workers',
  schedules: 'Schedules', find: 'Find a requestID', signIn: 'Sign in', signOut: 'Sign out', key: 'Key',
  keyHint: 'The key is sent once and is not kept in this page.', wrongKey: 'This key was not accepted.',
  calm: 'Nothing needs attention.', attention: 'Needs attention', status: 'Status', function: 'Function', mode: 'Mode',
  accepted: 'Accepted', waited: 'Waited', ran: 'Ran', attempts: 'Attempts', error: 'Error', worker: 'Worker',
  queue: 'Queue', lane: 'Lane', waiting: 'Waiting', oldest: 'Oldest', running: 'Running', slots: 'Slots', host: 'Host',
  state: 'State', seen: 'Last seen', all: 'All', more: 'Load more', noCalls: 'No calls match.',
  firstCall: 'Make the first call:', noFunctions: 'No worker has published a function.', none: 'None.', result: 'Result',
  input: 'Input', log: 'Log', progress: 'Progress', raw: 'Raw', deliveries: 'Callback', cancel: 'Cancel',
  cancelAsk: 'Cancel this call? If it waits, it never runs. If it runs, it is told to stop.', keep: 'Keep it',
  copyCurl: 'Copy as curl', copied: 'Copied', resend: 'Send again', search: 'Search', follow: 'Follow', tryIt: 'Try it',
  run: 'Run and wait', submit: 'Submit', data: 'Data (JSON)', loads: 'Serves', broken: 'Does not load', paused: 'Paused',
  limit: 'Time limit', memory: 'Memory', cron: 'Cron', zone: 'Time zone', next: 'Next run', last: 'Last run',
  pause: 'Pause', resume: 'Resume', theme: 'Light / dark', unreachable: 'The API cannot be reached. What you see is old.',
  again: 'Try again', missing: 'Not available in this version of the API.', noRight: 'This key lacks the scope for this.',
  gone: 'No such call. Records are kept for a limited time after the end.', wait: 'Loading', notEnded: 'Not ended yet.',
  noLog: 'Nothing was printed.', notKept: 'The data of this call are not kept.', badJson: 'This is not JSON: {why}',
  oldestWaits: 'Queue {queue}: the oldest call waits {age}. {running} of {slots} slots are busy.',
  unserved: 'Queue {queue}: {depth} calls wait and no worker has a slot.', workerState: 'Worker {id} is {state}.',
  brokenFn: 'Function {name} does not load: {reason}', skip: 'Skip to the page', attempt: 'attempt {n}',
  noCallback: 'This call has no callback.', reads: 'as of {time}',
} as const; // prettier-ignore

export type Word = keyof typeof en;

const zh: Record<Word, string> = {
  overview: '概览', invocations: '调用', functions: '函数', queues: '队列', workers: '工作进程', schedules: '定时',
  find: '查找 requestID', signIn: '登录', signOut: '退出', key: '密钥', keyHint: '密钥只发送一次，不保存在页面中。',
  wrongKey: '密钥未被接受。', calm: '一切正常。', attention: '需要关注', status: '状态', function: '函数', mode: '方式',
  accepted: '接受时间', waited: '等待', ran: '运行', attempts: '尝试', error: '错误', worker: '工作进程', queue: '队列',
  lane: '通道', waiting: '等待中', oldest: '最久', running: '运行中', slots: '槽位', host: '主机', state: '状态',
  seen: '最近心跳', all: '全部', more: '加载更多', noCalls: '没有符合条件的调用。', firstCall: '发起第一次调用：',
  noFunctions: '还没有工作进程发布函数。', none: '无。', result: '结果', input: '输入', log: '日志', progress: '进度',
  raw: '原文', deliveries: '回调', cancel: '取消', cancelAsk: '取消此调用？等待中的不会运行，运行中的会被要求停止。',
  keep: '保留', copyCurl: '复制为 curl', copied: '已复制', resend: '重新发送', search: '搜索', follow: '跟随', tryIt: '试运行',
  run: '运行并等待', submit: '提交', data: '数据（JSON）', loads: '可用', broken: '无法加载', paused: '已暂停',
  limit: '时间限制', memory: '内存', cron: 'Cron', zone: '时区', next: '下次运行', last: '上次运行', pause: '暂停',
  resume: '恢复', theme: '浅色 / 深色', unreachable: '无法连接 API，当前显示的是旧数据。', again: '重试',
  missing: '此版本的 API 不提供。', noRight: '此密钥缺少所需的权限。', gone: '没有此调用。记录在结束后只保留一段时间。',
  wait: '加载中', notEnded: '尚未结束。', noLog: '没有输出。', notKept: '此调用的数据未保留。', badJson: '不是 JSON：{why}',
  oldestWaits: '队列 {queue}：最久的调用已等待 {age}，{slots} 个槽位中 {running} 个忙。',
  unserved: '队列 {queue}：{depth} 个调用在等待，没有工作进程提供槽位。', workerState: '工作进程 {id}：{state}。',
  brokenFn: '函数 {name} 无法加载：{reason}', skip: '跳到正文', attempt: '第 {n} 次尝试', noCallback: '此调用没有回调。',
  reads: '截至 {time}',
}; // prettier-ignore

export const MESSAGES = { en, zh };
export type Language = keyof typeof MESSAGES;

export function say(language: Language, word: Word, values: Record<string, string | number> = {}): string {
  return MESSAGES[language][word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}
