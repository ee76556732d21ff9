#!/usr/bin/env python3
# group: registry
# needs: release
# timeout: 240
"""The hub's registry, read as others read it: confluent-kafka's client fetches schemas and their references, records of
live topics are decoded with them and compared with the tables. No class is made from our own .proto files."""

import datetime
import json
import struct
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64decode, b64encode
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.lib.live import ROOT, Live, check, equal, finish  # noqa: E402

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient  # noqa: E402
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer  # noqa: E402
from confluent_kafka.serialization import MessageField, SerializationContext  # noqa: E402
from google.protobuf import (descriptor_pb2, descriptor_pool, duration_pb2, message_factory,  # noqa: E402
                             timestamp_pb2)
from google.protobuf.descriptor import FieldDescriptor  # noqa: E402

AGENCIES = {"noi-vu": ("H10.01", "don-vi-hanh-chinh"), "moi-truong": ("H10.02", "chat-luong-khong-khi"),
            "tiep-nhan": ("H10.03", "phan-anh")}
BUILT_IN = [descriptor_pb2, timestamp_pb2, duration_pb2]
NEW = """\
syntax = "proto3";

package vn.thu.v1;

import "iochub/v1/options.proto";

// Lượt đo | A reading
message LuotDo {
        option (iochub.v1.dataset) = { name: "luot-do" domain: "thu" mode: APPEND };
        // Số | Number
        int32 so = 1;
}
"""


def unframe(value):
    magic, number, index = struct.unpack(">bIb", value[:6])
    if magic or index:
        raise ValueError(f"no frame: {value[:8].hex()}")
    return number, value[6:]


def registry(live):
    """A client with an empty cache: one that was given a form of a schema gives it again, whatever form is asked for."""
    return SchemaRegistryClient({"url": live.env["IOCHUB_REGISTRY"]})


class Schemas:
    """Message classes by schema id, from serialized descriptors and their references alone."""

    def __init__(self, client):
        self.client = client
        self.classes = {}

    def add(self, pool, name, schema, seen):
        for reference in schema.references or []:
            if reference.name not in seen:
                seen.add(reference.name)
                found = self.client.get_version(reference.subject, reference.version, fmt="serialized")
                self.add(pool, reference.name, found.schema, seen)
        proto = descriptor_pb2.FileDescriptorProto.FromString(b64decode(schema.schema_str))
        proto.name = name
        pool.Add(proto)

    def by_id(self, number, subject):
        if number not in self.classes:
            pool = descriptor_pool.DescriptorPool()
            for module in BUILT_IN:
                pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
            pool.Add(field_mask())
            self.add(pool, "entry.proto", self.client.get_schema(number, subject, "serialized"), set())
            first = list(pool.FindFileByName("entry.proto").message_types_by_name.values())[0]
            self.classes[number] = message_factory.GetMessageClass(first)
        return self.classes[number]

    def decode(self, topic, value):
        number, body = unframe(value)
        return self.by_id(number, f"{topic}-value").FromString(body)


def field_mask():
    from google.protobuf import field_mask_pb2
    return descriptor_pb2.FileDescriptorProto.FromString(field_mask_pb2.DESCRIPTOR.serialized_pb)


def instant(t):
    return datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=t.ToMicroseconds())


def columns(message, prefix=""):
    """What the table must have of a message: column -> value, as docs/ARCHITECTURE.md, "Types" says."""
    row = {}
    for field in message.DESCRIPTOR.fields:
        name, value = prefix + field.name, getattr(message, field.name)
        if field.message_type and field.message_type.full_name == "google.protobuf.Timestamp":
            row[name] = instant(value) if message.HasField(field.name) else None
        elif field.message_type:
            inner = columns(value, name + "_")
            row.update(inner if message.HasField(field.name) else dict.fromkeys(inner))
        elif field.has_presence and not message.HasField(field.name):
            row[name] = None
        elif field.type == FieldDescriptor.TYPE_ENUM:
            row[name] = field.enum_type.values_by_number[value].name
        else:
            row[name] = value
    return row


def stored(live, dataset):
    """Rows of a table by their place in the feed: all versions, where the table keeps the latest."""
    table = dataset.replace("-", "_")
    schema = "history" if live.one(f"SELECT to_regclass('history.{table}') IS NOT NULL") else "data"
    with live.connect() as link:
        cursor = link.execute(f"SELECT * FROM {schema}.{table}")
        names = [c.name for c in cursor.description]
        rows = [dict(zip(names, row)) for row in cursor.fetchall()]
    return {(r["_feed"], r["_part"], r["_offset"]): r for r in rows}


def place(message):
    headers = dict(message.headers() or [])
    return tuple(int(headers[f"iochub.{n}"]) for n in ("feed", "part", "offset"))


def compare_rows(live, name, dataset, decoded):
    """decoded: (place, twin). Every row of the table is among them, and agrees in each field."""
    rows, found = stored(live, dataset), dict(decoded)
    wrong = []
    for at, row in rows.items():
        if at not in found:
            wrong.append(f"{at}: no record")
            continue
        twin = found[at]
        want = columns(twin.data)
        if {c: row[c] for c in want} != want:
            wrong.append({c: (row[c], v) for c, v in want.items() if row[c] != v})
        if (twin.header.agency, twin.header.dataset) != (row["_agency"], dataset):
            wrong.append(f"{at}: header {twin.header}")
    check(f"{name}: {len(rows)} rows agree field by field", rows and not wrong, "\n".join(map(str, wrong[:10])))


def read_topics(live, schemas):
    feeds = {d: f for f, d in live.sql("SELECT id, dataset FROM hub.feed")}
    for agency, dataset in AGENCIES.values():
        topic = f"in.{agency}.{dataset}"
        twins = [(m, schemas.decode(topic, m.value())) for m in live.messages(topic)]
        compare_rows(live, topic, dataset, [((feeds[dataset], m.partition(), m.offset()), t) for m, t in twins])
        controls = {t.control.WhichOneof("kind") for _, t in twins if t.HasField("control")}
        check(f"{topic}: control records are typed, too", {"start", "checkpoint"} <= controls, controls)
    for dataset in ("don-vi-hanh-chinh", "chat-luong-khong-khi"):
        topic = f"shared.{dataset}"
        compare_rows(live, topic, dataset, [(place(m), schemas.decode(topic, m.value())) for m in live.messages(topic)])


def read_events(live, schemas):
    events = [schemas.decode("iochub.routing", m.value()) for m in live.messages("iochub.routing")]
    rows = {}
    for dataset in (d for _, d in AGENCIES.values()):
        rows.update(stored(live, dataset))
    check("iochub.routing: there is an event for each row", len(events) >= len(rows) > 0, (len(events), len(rows)))
    wrong = []
    for e in events:
        row = rows.get((e.feed, e.partition, e.offset))
        if row is None:
            wrong.append(f"no row: {e}")
            continue
        want = {"_message_id": e.message_id, "_agency": e.sender, "_schema": e.schema_id, "_flags": list(e.flags),
                "_received_at": instant(e.received_at), "_event_time": instant(e.event_time) if e.HasField("event_time")
                else None}
        seen = {c: row[c] for c in want}
        seen["_message_id"] = getattr(seen["_message_id"], "bytes", seen["_message_id"])
        seen["_flags"] = list(seen["_flags"] or [])
        if not e.HasField("event_time"):
            want.pop("_event_time"), seen.pop("_event_time")
        if seen != want:
            wrong.append({c: (seen[c], v) for c, v in want.items() if seen[c] != v})
    check("iochub.routing: events agree with the rows field by field", not wrong, "\n".join(map(str, wrong[:5])))


def read_rejects(live, schemas):
    rejects = [schemas.decode("rejected.H10.03", m.value()) for m in live.messages("rejected.H10.03")]
    seen = [(r.feed, r.partition, r.offset, r.code, r.source_position, r.schema_id, r.violations[0].field,
             r.violations[0].rule, r.violations[0].text_vi) for r in rejects]
    rows = live.sql("SELECT feed, part, \"offset\", code, source_position, schema_id, violations #>> '{0,field}', "
                    "violations #>> '{0,rule}', violations #>> '{0,vi}' FROM hub.quarantine WHERE agency = 'H10.03'")
    check("rejected.H10.03: there are rejects", rejects)
    equal("rejected.H10.03: rejects agree with hub.quarantine field by field", sorted(seen), sorted(rows))


def stock_deserializer(live, schemas):
    """The deserializer that everyone uses, with a message class from the registry."""
    for topic, conf in (("shared.chat-luong-khong-khi", {}), ("in.H10.03.phan-anh", {"use.latest.version": True}),
                        ("iochub.routing", {})):
        messages = live.messages(topic)
        kind = schemas.by_id(unframe(messages[0].value())[0], f"{topic}-value")
        reader = ProtobufDeserializer(kind, {"use.deprecated.format": False, **conf}, registry(live))
        context = SerializationContext(topic, MessageField.VALUE)
        check(f"ProtobufDeserializer reads {topic} {conf or ''}",
              all(reader(m.value(), context) == schemas.decode(topic, m.value()) for m in messages))


def stock_serializer(live, schemas):
    """A sender that uses the serializer everyone has makes our frames, as docs/OPERATIONS.md says."""
    topic = "in.H10.02.chat-luong-khong-khi"
    message = schemas.decode(topic, live.messages(topic)[1].value())
    writer = ProtobufSerializer(type(message), registry(live), {"use.deprecated.format": False, "auto.register.schemas": False,
                                                                "use.latest.version": True})
    frame = writer(message, SerializationContext(topic, MessageField.VALUE))
    equal("ProtobufSerializer makes the frame of the newest version", (unframe(frame)[0], schemas.decode(topic, frame)),
          (live.one("SELECT latest_schema FROM hub.dataset WHERE name = 'chat-luong-khong-khi'"), message))


# ---------------------------------------------------------------- text


def normal(proto):
    """A descriptor without what says nothing: comments, the name by which it was loaded, options as protoc orders them."""
    copy = descriptor_pb2.FileDescriptorProto()
    copy.CopyFrom(proto)
    copy.ClearField("source_code_info")
    copy.ClearField("name")

    def strip(message):
        for field, value in message.ListFields():
            if field.name == "options" and field.message_type.name not in ("FileOptions",):
                value.DiscardUnknownFields()
            elif field.type == FieldDescriptor.TYPE_MESSAGE:
                for item in value if field.label == FieldDescriptor.LABEL_REPEATED else [value]:
                    strip(item)
    strip(copy)
    return copy


def write_texts(client, schema, name, folder):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(schema.schema_str, encoding="utf-8")
    for reference in schema.references or []:
        write_texts(client, client.get_version(reference.subject, reference.version).schema, reference.name, folder)


def texts_compile(live):
    """The text of every version compiles with its references alone, and to the descriptor that the other form gives."""
    client, serialized = registry(live), registry(live)
    subjects, wrong = client.get_subjects(), []
    for subject in subjects:
        for version in client.get_versions(subject):
            found = client.get_version(subject, version)
            binary = serialized.get_version(subject, version, fmt="serialized")
            with tempfile.TemporaryDirectory(prefix="iochub-registry-") as folder:
                write_texts(client, found.schema, "entry.proto", Path(folder))
                done = subprocess.run(["protoc", f"-I{folder}", "-oentry.desc", "entry.proto"], cwd=folder,
                                      capture_output=True, text=True)
                if done.returncode:
                    wrong.append(f"{subject}: {done.stderr}")
                    continue
                text = descriptor_pb2.FileDescriptorSet.FromString(Path(folder, "entry.desc").read_bytes()).file[0]
            other = descriptor_pb2.FileDescriptorProto.FromString(b64decode(binary.schema.schema_str))
            if normal(text) != normal(other):
                wrong.append(f"{subject} {version}: the forms differ")
            if client.get_schema(found.schema_id).schema_str != found.schema.schema_str:
                wrong.append(f"{subject} {version}: not the same by its id")
    check(f"{len(subjects)} subjects: protoc compiles each text to the descriptor", not wrong, "\n".join(wrong))


# ---------------------------------------------------------------- the interface


class Http:
    def __init__(self, base):
        self.base = base

    def ask(self, path, method="GET", body=None):
        request = urllib.request.Request(self.base + path, data=body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def json(self, path, **more):
        status, _, body = self.ask(path, **more)
        return status, json.loads(body)

    def code(self, path, **more):
        """(HTTP status, error code)"""
        status, found = self.json(path, **more)
        return status, found.get("error_code") if isinstance(found, dict) else None


def lists(live, http):
    datasets = [d for _, d in AGENCIES.values()]
    own = {"iochub.routing-value", "rejected-value", "iochub.schemas-value"}
    files = {"buf/validate/validate.proto", "iochub/v1/message.proto", "iochub/v1/options.proto",
             "examples/noi-vu/don_vi_hanh_chinh.proto", "examples/moi-truong/chat_luong_khong_khi.proto",
             "examples/tiep-nhan/phan_anh.proto"}
    equal("/subjects: datasets, the hub's own, imported files", http.json("/subjects"),
          (200, sorted(own | files | {f"{d}-value" for d in datasets})))
    equal("a prefix", http.json("/subjects?subjectPrefix=iochub/v1"), (200, [f for f in sorted(files) if "iochub" in f]))
    equal("pages", http.json("/subjects?offset=1&limit=2"), (200, sorted(http.json("/subjects")[1])[1:3]))
    equal("nothing is ever deleted", http.json("/subjects?deletedOnly=true"), (200, []))
    number = live.one("SELECT latest_schema FROM hub.dataset WHERE name = 'phan-anh'")
    message = "/subjects/iochub%2Fv1%2Fmessage.proto/versions"
    equal("versions", http.json("/subjects/phan-anh-value/versions"), (200, [1]))
    equal("where an id stands", (http.json(f"/schemas/ids/{number}/versions"), http.json(f"/schemas/ids/{number}/subjects")),
          ((200, [{"subject": "phan-anh-value", "version": 1}]), (200, ["phan-anh-value"])))
    twins = [r[0] for r in live.sql("SELECT latest_schema FROM hub.dataset ORDER BY 1")]
    equal("who imports message.proto", http.json(f"{message}/latest/referencedby"), (200, twins))
    equal("what imports nothing", http.json("/subjects/iochub.routing-value/versions/1/referencedby"), (200, []))
    for path, wanted in (("/", {}), ("/schemas/types", ["PROTOBUF"]), ("/config", {"compatibilityLevel": "FULL_TRANSITIVE"}),
                         ("/config/shared.phan-anh-value", {"compatibilityLevel": "FULL_TRANSITIVE"}),
                         ("/mode", {"mode": "READONLY"}), ("/mode/phan-anh-value", {"mode": "READONLY"})):
        equal(path, http.json(path), (200, wanted))


def forms(live, http):
    number = live.one("SELECT latest_schema FROM hub.dataset WHERE name = 'phan-anh'")
    status, version = http.json("/subjects/in.H10.03.phan-anh-value/versions/latest")
    equal("a topic's subject is answered under its name",
          (status, version["subject"], version["id"], version["version"], version["schemaType"]),
          (200, "in.H10.03.phan-anh-value", number, 1, "PROTOBUF"))
    equal("references: name, subject, version", version["references"],
          [{"name": n, "subject": n, "version": 1} for n in ("iochub/v1/message.proto", "examples/tiep-nhan/phan_anh.proto")])
    aliases = ["phan-anh-value", "shared.phan-anh-value", "in.H99.phan-anh-value"]
    equal("all names of a dataset lead to one id",
          {http.json(f"/subjects/{a}/versions/-1")[1]["id"] for a in aliases}, {number})
    equal("rejects of any agency", http.json("/subjects/rejected.H10.03-value/versions/1")[1]["id"],
          live.one("SELECT id FROM hub.schema WHERE subject = 'rejected-value'"))
    text = version["schema"]
    check("the twin is text", "package iochub.twin.phan_anh;" in text and "vn.ioc.tiepnhan.v1.PhanAnh data = 2;" in text, text)
    equal("by id", http.json(f"/schemas/ids/{number}?subject=shared.phan-anh-value"),
          (200, {"schemaType": "PROTOBUF", "references": version["references"], "schema": text}))
    equal("the text alone", (http.ask(f"/schemas/ids/{number}/schema")[2].decode(),
                             http.ask("/subjects/phan-anh-value/versions/1/schema")[2].decode()), (text, text))
    for path in (f"/schemas/ids/{number}", "/subjects/phan-anh-value/versions/1"):
        proto = descriptor_pb2.FileDescriptorProto.FromString(b64decode(http.json(f"{path}?format=serialized")[1]["schema"]))
        equal(f"{path}: serialized", [m.name for m in proto.message_type], ["DataMessage"])
    full, head = http.ask(f"/schemas/ids/{number}"), http.ask(f"/schemas/ids/{number}", method="HEAD")
    equal("HEAD: the same without a body", (head[0], head[1]["Content-Length"], head[2]), (200, str(len(full[2])), b""))
    equal("Content-Type", full[1]["Content-Type"], "application/vnd.schemaregistry.v1+json")


def errors(http):
    for path, wanted in (("/subjects/none/versions", (404, 40401)), ("/subjects/none/versions/1", (404, 40401)),
                         ("/subjects/phan-anh-value/versions/7", (404, 40402)), ("/schemas/ids/9999", (404, 40403)),
                         ("/schemas/ids/9999/schema", (404, 40403)), ("/schemas/ids/9999/versions", (404, 40403)),
                         ("/subjects/phan-anh-value/versions/0", (422, 42202)), ("/config/none", (404, 40401)),
                         ("/subjects/phan-anh-value/versions/first", (422, 42202)), ("/nowhere", (404, 404)),
                         ("/schemas/ids/x", (404, 404)), ("/subjects/%00/versions", (400, 400)),
                         ("/subjects/%FF/versions", (400, 400)), ("/subjects/%2/versions", (400, 400)),
                         ("/subjects/../../etc/passwd", (404, 404)), ("/subjects/%2e%2e%2f%2e%2e/versions", (404, 40401)),
                         ("/subjects/';DROP TABLE hub.schema_file;--/versions".replace(" ", "%20"), (404, 40401)),
                         ("/" + "a" * 3000, (400, 400)), ("/subjects?" + "x=1&" * 700, (400, 400))):
        equal(f"{path[:60]}: {wanted[1]}", http.code(path), wanted)
    for method, path, allow in (("POST", "/subjects/phan-anh-value/versions", "GET, HEAD"), ("PUT", "/config", "GET, HEAD"),
                                ("DELETE", "/subjects/phan-anh-value", "POST"), ("GET", "/subjects/phan-anh-value", "POST"),
                                ("PATCH", "/", "GET, HEAD"), ("OPTIONS", "/", "GET, HEAD")):
        status, headers, body = http.ask(path, method=method, body=b'{"schema": "syntax"}' if method in ("POST", "PUT") else None)
        equal(f"{method} {path}: refused", (status, headers["Allow"], json.loads(body)["error_code"]), (405, allow, 405))


def lookups(http, client):
    """Which id a schema has that the client holds already: a POST, but reading."""
    path = "/subjects/shared.phan-anh-value"
    for form in ("", "?format=serialized"):
        version = http.json(f"{path}/versions/1{form}")[1]
        found = http.json(path, method="POST", body=json.dumps({"schema": version["schema"], "schemaType": "PROTOBUF"}).encode())
        equal(f"looked up as it was given {form}", (found[0], found[1]["id"], found[1]["subject"]),
              (200, version["id"], "shared.phan-anh-value"))
    message = client.get_version("iochub/v1/message.proto", 1, fmt="serialized")
    proto = descriptor_pb2.FileDescriptorProto.FromString(b64decode(message.schema.schema_str))
    proto.ClearField("source_code_info")
    proto.name = "other.proto"
    for one in proto.message_type:
        for field in one.field:
            field.ClearField("json_name")
    text = b64encode(proto.SerializeToString()).decode()
    equal("a descriptor as programs carry it", client.lookup_schema("iochub/v1/message.proto", Schema(text, "PROTOBUF")).schema_id,
          message.schema_id)
    proto.message_type[0].field[0].number = 9
    other = b64encode(proto.SerializeToString()).decode()
    for body, wanted in (({"schema": other}, (404, 40403)), ({"schema": "x"}, (404, 40403)), ({"schema": 7}, (422, 42201)),
                         ([], (422, 42201)), ({}, (422, 42201)), ({"schema": "AAAA"}, (404, 40403)),
                         ({"schema": "Cg//////"}, (404, 40403))):
        equal(f"{str(body)[:40]}: {wanted[1]}",
              http.code("/subjects/iochub%2Fv1%2Fmessage.proto", method="POST", body=json.dumps(body).encode()), wanted)
    equal("no such subject", http.code("/subjects/none", method="POST", body=b'{"schema": "x"}'), (404, 40401))
    equal("a body that is no JSON", http.code("/subjects/phan-anh-value", method="POST", body=b"{\"schema\": \"\xff\"}"), (422, 42201))
    try:
        found = http.ask("/subjects/phan-anh-value", method="POST", body=b" " * (1 << 20))[0]
    except OSError:
        found = "the connection ended"
    equal("a body without end", found, "the connection ended")


# ---------------------------------------------------------------- while the hub runs


def new_dataset(live, http, schemas):
    folder = live.work / "protos"
    (folder / "thu").mkdir(parents=True)
    (folder / "thu/luot_do.proto").write_text(NEW, encoding="utf-8")
    equal("a dataset that is not there", http.code("/subjects/shared.luot-do-value/versions"), (404, 40401))
    live.register(folder / "thu/luot_do.proto", include=folder)
    number = live.one("SELECT latest_schema FROM hub.dataset WHERE name = 'luot-do'")
    equal("once registered it is there, without a restart", registry(live).get_latest_version("shared.luot-do-value").schema_id,
          number)
    equal("its file has a subject", http.json("/subjects/thu%2Fluot_do.proto/versions"), (200, [1]))
    first = http.ask(f"/schemas/ids/{number}")[2]
    (folder / "thu/luot_do.proto").write_text(NEW.replace("int32 so = 1;", "int32 so = 1;\n        // Nơi | Place\n"
                                                          "        optional string noi = 2;"), encoding="utf-8")
    live.register(folder / "thu/luot_do.proto", include=folder)
    later = live.one("SELECT latest_schema FROM hub.dataset WHERE name = 'luot-do'")
    equal("a second version: of the twin and of its file", (http.json("/subjects/luot-do-value/versions"),
          http.json("/subjects/thu%2Fluot_do.proto/versions")), ((200, [1, 2]), (200, [1, 2])))
    equal("the first id says what it said", http.ask(f"/schemas/ids/{number}")[2], first)
    data = schemas.by_id(later, "luot-do-value")(data={"so": 7, "noi": "x"}).SerializeToString()
    old = schemas.by_id(number, "luot-do-value").FromString(data)
    equal("either version reads the other's bytes", (old.data.so, [f.name for f in old.data.DESCRIPTOR.fields]), (7, ["so"]))


def database_away(live, http, number):
    http.ask(f"/schemas/ids/{number}")
    binary = next(Path("/usr/lib/postgresql").glob("*/bin/psql")).parent
    before = len(live.log("hub").splitlines())
    live.stack("down")
    live.wait("the registry says that it cannot ask", lambda: http.code("/subjects") == (503, 50301), 20)
    check("it stays answering while the database is away", all(http.code("/subjects") == (503, 50301) for _ in range(5)), binary)
    equal("what was read and never changes is still served", http.ask(f"/schemas/ids/{number}")[0], 200)
    equal("so is what needs no database", http.json("/schemas/types"), (200, ["PROTOBUF"]))
    live.stack("up")
    live.wait("it is back by itself", lambda: http.ask("/subjects")[0] == 200, 30)
    said = [line for line in live.log("hub").splitlines()[before:] if "registry:" in line]
    check("said once when away, once when back", [s.split('msg="')[1].split('"')[0] for s in said] ==
          ["registry: database is away", "registry: database is back"], said)


def main():
    with Live() as live:
        live.migrate()
        live.register_examples()
        for agency, dataset in AGENCIES.values():
            live.feed(agency, dataset)
        live.start_hub()
        for name in AGENCIES:
            live.connector(live.connector_conf(name, ROOT / f"deploy/samples/connectors/{name}.yaml",
                                               ROOT / "deploy/samples/data"))
        live.wait_settled()
        http, schemas = Http(live.env["IOCHUB_REGISTRY"]), Schemas(registry(live))
        lists(live, http)
        forms(live, http)
        errors(http)
        lookups(http, registry(live))
        read_topics(live, schemas)
        read_events(live, schemas)
        read_rejects(live, schemas)
        stock_deserializer(live, schemas)
        stock_serializer(live, schemas)
        texts_compile(live)
        new_dataset(live, http, schemas)
        texts_compile(live)
        database_away(live, http, live.one("SELECT min(id) FROM hub.schema"))
        equal("the hub stops as asked", live.stop("hub"), 0)
    finish()


main()
