/** A receiver of traces by OTLP/HTTP, in protobuf or JSON: an HTTP server that keeps the spans it is sent. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from './at-end';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** '' of a root. */
  parentSpanId: string;
  name: string;
  /** As the protocol has it: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  failed: boolean;
  traceState: string;
  service: string;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const receiver = new OtlpReceiver();
  await receiver.listen();
  return receiver;
}

export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly requests: { path: string; type: string; headers: IncomingMessage['headers'] }[] = [];
  url = '';
  /** `away`: refuses everything; `slow`: never answers. */
  mood: 'there' | 'away' | 'slow' = 'there';
  private readonly server: Server = createServer((request, response) => void this.hear(request, response));

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    atEnd(() => {
      this.server.closeAllConnections();
      this.server.close();
    });
  }

  of(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  private async hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const type = request.headers['content-type'] ?? '';
    this.requests.push({ path: request.url ?? '', type, headers: request.headers });
    if (this.mood === 'slow') return;
    if (this.mood === 'away') return void response.writeHead(400).end();
    const body = Buffer.concat(pieces);
    this.spans.push(...(type.includes('json') ? spansInJson(body) : spansInProtobuf(body)));
    response.writeHead(200, { 'content-type': type }).end(type.includes('json') ? '{}' : '');
  }
}

interface JsonAttributes {
  attributes: { key: string; value: { stringValue?: string } }[];
}
interface JsonSpan extends Omit<ReceivedSpan, 'failed' | 'service'> {
  status?: { code?: number };
}
interface JsonTraces {
  resourceSpans: { resource: JsonAttributes; scopeSpans: { spans: JsonSpan[] }[] }[];
}

function spansInJson(body: Buffer): ReceivedSpan[] {
  return (JSON.parse(body.toString()) as JsonTraces).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ traceId, spanId, parentSpanId = '', name, kind, status, traceState = '' }) => {
        return { traceId, spanId, parentSpanId, name, kind, failed: status?.code === 2, traceState, service };
      });
  });
}

/** The numbers of the fields are those of `opentelemetry/proto/trace/v1/trace.proto`. */
function spansInProtobuf(body: Buffer): ReceivedSpan[] {
  return all(body, 1).flatMap((resourceSpans) => {
    const [resource] = all(resourceSpans, 1);
    const attribute = all(resource, 1).find((pair) => text(pair, 1) === 'service.name');
    const service = attribute ? text(all(attribute, 2)[0], 1) : '';
    const spans = all(resourceSpans, 2).flatMap((scopeSpans) => all(scopeSpans, 2));
    return spans.map((span) => {
      const [status] = all(span, 15);
      return {
        traceId: hex(span, 1),
        spanId: hex(span, 2),
        traceState: text(span, 3),
        parentSpanId: hex(span, 4),
        name: text(span, 5),
        kind: number(span, 6),
        failed: status !== undefined && number(status, 3) === 2,
        service,
      };
    });
  });
}

function all(message: Buffer, field: number): Buffer[] {
  return fieldsOf(message).flatMap(([at, value]) => (at === field && Buffer.isBuffer(value) ? [value] : []));
}

function text(message: Buffer, field: number): string {
  return all(message, field)[0]?.toString() ?? '';
}

function hex(message: Buffer, field: number): string {
  return all(message, field)[0]?.toString('hex') ?? '';
}

function number(message: Buffer, field: number): number {
  return Number(fieldsOf(message).find(([at]) => at === field)?.[1] ?? 0);
}

/** Each field of a message with its number: bytes, or what a varint says. */
function fieldsOf(message: Buffer): [number, Buffer | number][] {
  const fields: [number, Buffer | number][] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const bytes = (length: number): Buffer => message.subarray(at, (at += length));
  while (at < message.length) {
    const key = varint();
    const [field, wire] = [Math.floor(key / 8), key % 8];
    fields.push([field, wire === 0 ? varint() : bytes(wire === 1 ? 8 : wire === 5 ? 4 : varint())]);
  }
  return fields;
}
