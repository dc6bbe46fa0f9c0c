"""Telegraf as ingest: the same messages read from the same broker into the same store, with the same series and columns.

Owns its configuration and its process. What it is compared with is `benchmarks.stored`'s.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from benchmarks.sampler import stored_points
from benchmarks.stack import Stack
from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import open_client
from sim.clock import wall_us
from sim.events.kinds import Kind

READY_S = 30.0

# What made it fastest here: batches as large as ours, enough undelivered messages to keep them full, no compression.
CONFIG = """
[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 5000
  metric_buffer_limit = 200000
  omit_hostname = true
  quiet = true
[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{port}"]
  topics = ["city/#"]
  qos = 1
  persistent_session = true
  client_id = "telegraf"
  max_undelivered_messages = 20000
  topic_tag = ""
  fieldexclude = ["due", "sent"]
  data_format = "json"
  json_time_key = "t"
  json_time_format = "unix_us"
  json_string_fields = ["*"]
  tag_keys = [{tags}]
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "city/+/+/+/+"
    measurement = "_/_/_/measurement/_"
    tags = "_/district/_/_/{device_tag}"
    fields = "_/_/_/_/{device_field}"
[[outputs.influxdb_v2]]
  urls = ["{url}"]
  token = "{token}"
  organization = "{org}"
  bucket = "city/raw"
  content_encoding = "identity"
"""


def configuration(stack: Stack, kind: Kind) -> str:
    """Return the text that makes Telegraf store a kind as citybeat does."""
    tags = ", ".join(f'"{name}"' for name in ("run", *(field.name for field in kind.tags)))
    return CONFIG.format(
        port=stack.broker.port,
        url=stack.store.url,
        token=stack.store.token,
        org=stack.store.org,
        tags=tags,
        device_tag="device" if kind.device_tag else "_",
        device_field="_" if kind.device_tag else "device",
    )


@contextmanager
def telegraf(binary: Path, stack: Stack, kind: Kind) -> Iterator[int]:
    """Run Telegraf until it stores what is published; yield its process id. Raises TimeoutError when it stores nothing."""
    file = stack.folder / "telegraf.conf"
    file.write_text(configuration(stack, kind))
    with (stack.folder / "telegraf.log").open("wb") as log:
        process = subprocess.Popen([binary, "--config", file], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _await(stack)
            yield process.pid
        finally:
            process.terminate()
            process.wait(READY_S)


def _await(stack: Stack) -> None:
    """Publish a probe again and again until the store has taken one."""
    client = open_client(parse_broker(stack.broker.url), "telegraf-probe")
    before, deadline = stored_points(stack.store.url), time.monotonic() + READY_S
    try:
        while stored_points(stack.store.url) == before:
            if time.monotonic() > deadline:
                msg = f"Telegraf stores nothing: {(stack.folder / 'telegraf.log').read_text()[-500:]}"
                raise TimeoutError(msg)
            client.publish(["city/nowhere/probe/probe/probe"], [orjson.dumps({"t": wall_us(), "seq": 0, "run": "probe"})], 0)
            client.pump(0.5)
    finally:
        client.close(discard_session=True)
    time.sleep(1.5)  # a probe more may be under way; it is stored within the flush interval
