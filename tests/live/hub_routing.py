#!/usr/bin/env python3
# group: hub
# timeout: 200
"""Rules and grants: an agency that has no feed yet, the newest version of a rule, the largest message, a grant that ends."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import Live, check, equal, finish  # noqa: E402
from sender import Sender  # noqa: E402
from wire import Messages  # noqa: E402

AGENCY, DATASET = "H10.02", "chat-luong-khong-khi"
READING = "examples/moi-truong/chat_luong_khong_khi.proto"
LARGE = 3_900_000


def reading(wire, city, large=False):
    row = wire.load(READING).ChatLuongKhongKhi(city=city)
    row.timestamp.FromSeconds(int(time.time()))
    unknown = b""
    if large:  # a field that this version does not know: kept in the copy, in no column
        size, varint = LARGE, b""
        while size > 127:
            varint, size = varint + bytes([size & 127 | 128]), size >> 7
        unknown = b"\xfa\x3f" + varint + bytes([size]) + b"x" * LARGE
    return row.SerializeToString() + unknown


def send(live, wire, s, city, large=False):
    value = s.frame(s.message("", reading(wire, city, large), sequence=s.number()).SerializeToString())
    s.send(city, value)
    live.wait_settled()
    return value


def events(live, wire):
    return [wire.parse("RoutingEvent", m.value()) for m in live.messages("iochub.routing")]


with Live() as live, Messages(READING) as wire:
    live.migrate()
    live.register_examples()
    live.feed(AGENCY, DATASET)
    live.start_hub()
    s = Sender(live, wire, AGENCY, DATASET, live.one("SELECT latest_schema FROM hub.dataset WHERE name = %s", DATASET), 7)
    s.start()
    live.sql("INSERT INTO sharing.route_rule (id, version, dataset, field, value, agency, priority, basis) VALUES "
             "(900, 1, %s, 'city', 'An Bình', 'H98', 1, 'test'), (900, 2, %s, 'city', 'An Bình', 'H99', 0, 'test')",
             DATASET, DATASET)
    live.wait("the hub makes the topic of a rule's agency", lambda: "out.H99" in live.reader().list_topics(timeout=5).topics)
    before = live.topic_end("iochub.schemas")
    lacking = live.sql("UPDATE hub.schema SET published_at = NULL RETURNING id")
    live.wait("the hub publishes what iochub.schemas lacks",
              lambda: live.one("SELECT count(*) FROM hub.schema WHERE published_at IS NULL") == 0)
    equal("each structure once", live.topic_end("iochub.schemas") - before, len(lacking))
    value = send(live, wire, s, "An Bình")
    copies = [m.value() for m in live.messages("out.H99")]
    equal("the agency of a rule gets the message, though it has no feed", copies, [value])
    said = sorted((e.destination, wire.name("RoutingState", e.state), wire.name("RoutingBasis", e.basis), e.rule_version)
                  for e in events(live, wire))
    equal("one event a destination, by the newest version of the rule only", said, [
        ("out.H99", "SENT", "BASIS_RULE", 2), (f"shared.{DATASET}", "SENT", "BASIS_DEFAULT", 0)])

    value = send(live, wire, s, "Lớn", large=True)
    check("a message of 3.9 MB is stored and shared as it was sent",
          value in [m.value() for m in live.messages(f"shared.{DATASET}")])
    live.sql("UPDATE sharing.access_grant SET valid_to = now() + interval '1 ms' WHERE dataset = %s", DATASET)
    time.sleep(3)
    before = live.topic_end(f"shared.{DATASET}")
    send(live, wire, s, "Sau khi đóng")
    equal("a grant that has ended shares nothing more", live.topic_end(f"shared.{DATASET}"), before)
    equal("all three are stored", live.one("SELECT count(*) FROM data.chat_luong_khong_khi"), 3)
    equal("the hub stops as asked", live.stop("hub"), 0)
finish()
