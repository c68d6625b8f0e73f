"""A minimal HTTP server in front of Celery, of the standard library: a thread for each connection."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tasks import add, app

ANSWER_LIMIT_S = 10


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The whole answer at once, and at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        task = add.delay(**body["data"])
        if body.get("sync", True):
            self.answer(200, {"data": task.get(timeout=ANSWER_LIMIT_S)})
        else:
            self.answer(202, {"id": task.id, "status": "queued"})

    def do_GET(self):
        task = app.AsyncResult(self.path.rsplit("/", 1)[1])
        self.answer(200, {"id": task.id, "status": task.state, "data": task.result})

    def answer(self, status, value):
        text = json.dumps(value, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


server = Server(("127.0.0.1", 0), Front)
print("port", server.server_address[1], flush=True)
server.serve_forever()
