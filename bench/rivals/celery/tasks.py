"""The work, as a Celery task; run by `celery -A tasks worker`."""

import os

from celery import Celery
from celery.signals import worker_ready

app = Celery("bench", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])


@app.task(name="add")
def add(a, b):
    return a + b


@worker_ready.connect
def say_ready(**_):
    print("ready", flush=True)
