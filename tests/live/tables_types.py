#!/usr/bin/env python3
# group: tables
# timeout: 150
"""Every protobuf type with its edge values, through Kafka and the hub into PostgreSQL, against what Python's protobuf reads
of the same bytes: the columns of data, and the typed columns of bi where data has jsonb."""

import decimal
import math
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import check, equal, finish  # noqa: E402
from tables import Tables  # noqa: E402

from google.protobuf import json_format, text_format  # noqa: E402
from google.protobuf.descriptor import FieldDescriptor as F  # noqa: E402

PROTO = """
// Màu | Colour
enum Mau {
        // Chưa rõ | Not known
        CHUA_RO = 0;
        // Đỏ | Red
        DO = 1;
        XANH = 2;
        AM = -5;
        LON = 2147483647;
}
message Con {
        optional int32 so = 1;
        string chu = 2;
        Mau mau = 3;
        google.protobuf.Timestamp luc = 4;
        google.protobuf.Duration lau = 5;
        uint64 lon = 6;
        bytes tho = 7;
        repeated Mau cac_mau = 8;
        Trong trong = 9;
        repeated Chau chau = 10;
        string gia = 11 [(iochub.v1.field).type = NUMERIC];
        float thuc = 12;
        google.protobuf.Int64Value goi = 13;
        bool dung = 14;
        map<int32, string> nhan = 15;
        repeated google.protobuf.Timestamp cac_luc = 16;
        double kep = 17;
        google.protobuf.FieldMask mat_na = 18;
        oneof mot { string mot_chu = 19; int64 mot_so = 20; }
}
message Trong { double x = 1; optional double y = 2; }
message Chau { string ten = 1; int64 so = 2; }
message De { string ten = 1; repeated De con = 2; De cha = 3; }
message Rong {}

message TatCa {
        option (iochub.v1.dataset) = { name: "tat-ca" domain: "thu" mode: APPEND title_vi: "Tất cả" };
        int32 stt = 1;
        double f_double = 2; float f_float = 3; int32 f_int32 = 4; int64 f_int64 = 5; uint32 f_uint32 = 6; uint64 f_uint64 = 7;
        sint32 f_sint32 = 8; sint64 f_sint64 = 9; fixed32 f_fixed32 = 10; fixed64 f_fixed64 = 11; sfixed32 f_sfixed32 = 12;
        sfixed64 f_sfixed64 = 13; bool f_bool = 14; string f_string = 15; bytes f_bytes = 16; Mau f_enum = 17;
        optional double o_double = 22; optional float o_float = 23; optional int32 o_int32 = 24; optional uint64 o_uint64 = 27;
        optional bool o_bool = 34; optional string o_string = 35; optional bytes o_bytes = 36; optional Mau o_enum = 37;
        repeated double r_double = 42; repeated float r_float = 43; repeated int32 r_int32 = 44; repeated int64 r_int64 = 45;
        repeated uint32 r_uint32 = 46; repeated uint64 r_uint64 = 47; repeated sint32 r_sint32 = 48;
        repeated sint64 r_sint64 = 49; repeated fixed32 r_fixed32 = 50; repeated fixed64 r_fixed64 = 51;
        repeated sfixed32 r_sfixed32 = 52; repeated sfixed64 r_sfixed64 = 53; repeated bool r_bool = 54;
        repeated string r_string = 55; repeated bytes r_bytes = 56; repeated Mau r_enum = 57;
        google.protobuf.Timestamp luc = 60; google.protobuf.Duration lau = 61; google.protobuf.FieldMask mat_na = 62;
        google.protobuf.Empty khong = 63; google.protobuf.Any bat_ky = 64; google.protobuf.Struct cau_truc = 65;
        google.protobuf.Value gia_tri = 66; google.protobuf.ListValue danh_sach = 67; Rong rong = 68;
        google.protobuf.DoubleValue w_double = 70; google.protobuf.FloatValue w_float = 71; google.protobuf.Int64Value w_int64 = 72;
        google.protobuf.UInt64Value w_uint64 = 73; google.protobuf.Int32Value w_int32 = 74; google.protobuf.UInt32Value w_uint32 = 75;
        google.protobuf.BoolValue w_bool = 76; google.protobuf.StringValue w_string = 77; google.protobuf.BytesValue w_bytes = 78;
        repeated google.protobuf.Timestamp r_luc = 80; repeated google.protobuf.Duration r_lau = 81;
        repeated google.protobuf.StringValue r_goi = 82; repeated google.protobuf.Value r_gia_tri = 83;
        repeated google.protobuf.FieldMask r_mat_na = 84;
        string tien = 90 [(iochub.v1.field).type = NUMERIC]; optional string o_tien = 91 [(iochub.v1.field).type = NUMERIC];

        Con con = 100; De de = 101; repeated Con cac_con = 102; repeated De cac_de = 103;
        map<string, int64> m_so = 110; map<int64, Con> m_con = 111; map<bool, Mau> m_mau = 112; map<uint64, bytes> m_tho = 113;
        oneof chon { string c_chu = 120; int64 c_so = 121; Trong c_trong = 122; Mau c_mau = 123; google.protobuf.Timestamp c_luc = 124; }
        repeated int32 j_so = 130 [(iochub.v1.field).type = JSONB]; Trong j_trong = 131 [(iochub.v1.field).type = JSONB];
}
"""

CON = """so: 0 chu: 'Đồng Nai "\\\\' mau: DO luc { seconds: -62135596800 } lau { seconds: -315576000000 nanos: -999999999 }
lon: 18446744073709551615 tho: '\\000\\377' cac_mau: [DO, LON, AM] trong { y: 0 } chau { ten: 'một' so: -9223372036854775808 }
chau {} gia: '-0012.3400' thuc: 3.4028235e38 goi { value: -9223372036854775808 } dung: true nhan { key: -1 value: 'âm' }
nhan { key: 2147483647 value: '' } cac_luc { seconds: 253402300799 nanos: 999999999 } cac_luc { nanos: 999 } kep: nan
mat_na { paths: 'a' paths: 'b.c' } mot_so: 0"""

ROWS = [
    "",
    """f_double: 1.7976931348623157e308 f_float: 3.4028235e38 f_int32: 2147483647 f_int64: 9223372036854775807
       f_uint32: 4294967295 f_uint64: 18446744073709551615 f_sint32: -2147483648 f_sint64: -9223372036854775808
       f_fixed32: 4294967295 f_fixed64: 18446744073709551615 f_sfixed32: -2147483648 f_sfixed64: -9223372036854775808
       f_bool: true f_string: 'Tiếng Việt \\n\\t\\001 \\360\\237\\230\\200' f_bytes: '\\000\\001\\377' f_enum: LON""",
    "f_double: 5e-324 f_float: 1e-45 f_int32: -1 f_uint64: 9999 f_fixed64: 10000 f_enum: AM",
    "f_double: inf f_float: -inf f_uint64: 10000000000000000 f_enum: XANH", "f_double: nan f_float: nan",
    "f_double: -0.0 f_float: -0.0", "f_double: -1.5",
    """o_double: 0 o_float: 0 o_int32: 0 o_uint64: 0 o_bool: false o_string: '' o_bytes: '' o_enum: CHUA_RO""",
    "o_double: nan o_float: inf o_int32: -7 o_uint64: 18446744073709551615 o_bool: true o_string: 'x' o_bytes: '\\377' o_enum: DO",
    """r_double: [1, nan, inf, -inf, 5e-324] r_float: [0.1, 1e-45] r_int32: [0, -1] r_int64: [9223372036854775807]
       r_uint32: [4294967295, 0] r_uint64: [0, 18446744073709551615] r_sint32: [-2147483648] r_sint64: [-1, 1]
       r_fixed32: [4294967295] r_fixed64: [18446744073709551615] r_sfixed32: [-1] r_sfixed64: [-9223372036854775808]
       r_bool: [true, false] r_string: ['', 'NULL', 'a,b', '{"x"}', 'Đ'] r_bytes: ['', '\\000'] r_enum: [DO, AM, LON, CHUA_RO]""",
    """luc { seconds: -62135596800 } lau { seconds: 315576000000 nanos: 999999999 } mat_na { paths: 'a_b' paths: 'c.d_e' }
       khong {} rong {} w_double {} w_float { value: 0.1 } w_int64 { value: -1 } w_uint64 { value: 18446744073709551615 }
       w_int32 {} w_uint32 { value: 4294967295 } w_bool {} w_string {} w_bytes { value: '\\000' }""",
    "luc { seconds: 253402300799 nanos: 999999999 } lau { seconds: -315576000000 nanos: -999999999 } mat_na {}",
    "luc { seconds: -1 nanos: 999999999 } lau { nanos: -1 }", "lau { nanos: -1001 }", "lau { nanos: 999 } luc { nanos: 1 }",
    """r_luc { seconds: 1 nanos: 1999 } r_luc {} r_lau { seconds: -1 nanos: -500000000 } r_goi { value: 'x' } r_goi {}
       r_gia_tri { null_value: NULL_VALUE } r_gia_tri { number_value: 1e300 } r_mat_na { paths: 'x' } r_mat_na {}""",
    """cau_truc { fields { key: '' value { list_value { values { bool_value: true } values { string_value: 'Đ' } } } }
       fields { key: 'số' value { number_value: -1.5e-7 } } } gia_tri { struct_value {} } danh_sach { values { number_value: 1 } }""",
    "gia_tri { null_value: NULL_VALUE } danh_sach {} cau_truc {}",
    "tien: '-12.50' o_tien: '1e-16383'",
    "tien: '+.5' o_tien: '1e131071'", "con {} de {} c_trong {} j_trong {}", f"con {{ {CON} }}",
    f"cac_con {{ {CON} }} cac_con {{}} cac_con {{ so: -1 trong {{}} gia: 'không phải số' luc {{ seconds: 253402300800 }} }}",
    "de { ten: 'a' con { ten: 'b' con { ten: 'c' } } cha { cha { ten: 'd' } } } cac_de { ten: 'x' con { ten: 'y' } } cac_de {}",
    f"""m_so {{ key: 'đ"' value: 9223372036854775807 }} m_so {{ key: '' value: 0 }} m_con {{ key: -1 value {{ {CON} }} }}
        m_con {{ key: 9223372036854775807 value {{}} }} m_mau {{ key: true value: LON }} m_mau {{ key: false value: CHUA_RO }}
        m_tho {{ key: 18446744073709551615 value: '\\377' }}""",
    "c_chu: ''", "c_so: -9223372036854775808", "c_trong { x: 1 }", "c_mau: CHUA_RO", "c_luc { seconds: 5 }",
    "j_so: [1, -2147483648] j_trong { x: 2.5 }",
]
UNLISTED = [b"\x88\x01\x63", b"\xa8\x02\x63", b"\xca\x03\x04\x01\x63\x02\x63"]  # numbers that Mau does not name


# ---------------------------------------------------------------- Python's own reading

def micros(m):
    """Floored to microseconds."""
    return (m.seconds * 10**9 + m.nanos) // 1000


def enum_text(field, number):
    value = field.enum_type.values_by_number.get(number)
    return value.name if value else str(number)


def numeric(text):
    return decimal.Decimal(text)


WHOLE = {"google.protobuf.Timestamp": micros, "google.protobuf.Duration": micros,
         "google.protobuf.FieldMask": lambda m: ",".join(m.paths)}
UNSIGNED64 = (F.TYPE_UINT64, F.TYPE_FIXED64)


def is_numeric(field):
    return "tien" in field.name or field.name == "gia"


def value_of(field, value):
    """A singular value, or an item, as psycopg gives its column back."""
    if field.type == F.TYPE_MESSAGE:
        name = field.message_type.full_name
        if name in WHOLE:
            return WHOLE[name](value)
        if name.endswith("Value") and name.split(".")[-1] in SCALARS:
            return value_of(field.message_type.fields[0], value.value)
        return None if name == "google.protobuf.Any" else as_json(value)
    if field.type == F.TYPE_ENUM:
        return enum_text(field, value)
    if field.type in UNSIGNED64:
        return decimal.Decimal(value)
    if is_numeric(field):
        return numeric(value) if value else None
    return value


def as_json(message):
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


SCALARS = ("DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value", "BoolValue", "StringValue",
           "BytesValue", "Timestamp", "Duration", "FieldMask")
JSON = ("Any", "Struct", "Value", "ListValue", "Empty")


def columns_of(message, descriptor, prefix="", chain=()):
    """name -> value of all columns; message None: it is absent."""
    found = {}
    for field in descriptor.fields:
        name = prefix + field.name
        kind = field.message_type
        known = kind.full_name[len("google.protobuf."):] if kind and kind.full_name.startswith("google.protobuf.") else None
        if field.label == F.LABEL_REPEATED:
            plain = not field.name.startswith("j_") and (kind is None or known in SCALARS)
            if message is None:
                found[name] = None
            elif plain:
                found[name] = [value_of(field, v) for v in getattr(message, field.name)]
            else:
                found[name] = list_json(field, getattr(message, field.name))
            continue
        there = message is not None and (not field.has_presence or message.HasField(field.name))
        value = getattr(message, field.name) if there else None
        if kind and known is None and kind.fields and kind not in chain and not field.name.startswith("j_"):
            found.update(columns_of(value, kind, f"{name}_", (*chain, kind)))
        else:
            found[name] = value_of(field, value) if there else None
    return found


def list_json(field, items):
    if field.message_type and field.message_type.GetOptions().map_entry:
        value = field.message_type.fields_by_name["value"]
        return {json_key(k): json_item(value, items[k]) for k in items}
    return [json_item(field, v) for v in items]


def json_key(key):
    return str(key).lower() if isinstance(key, bool) else str(key)


def json_item(field, v):
    import base64
    if field.type == F.TYPE_MESSAGE:
        return json_safe(v)
    if field.type == F.TYPE_ENUM:
        return enum_text(field, v)
    if field.type in (F.TYPE_INT64, F.TYPE_UINT64, F.TYPE_SINT64, F.TYPE_FIXED64, F.TYPE_SFIXED64):
        return str(v)
    return base64.b64encode(v).decode() if field.type == F.TYPE_BYTES else v


def json_safe(message):
    try:
        return as_json(message)
    except (json_format.SerializeToJsonError, ValueError, OverflowError):
        return None  # a time that JSON has no form for: looked at by hand below


def select_of(name, kind):
    """The column so that Python can hold every value."""
    instant = "(extract(epoch FROM {}) * 1000000)::numeric::bigint"
    quoted = f'"{name}"'
    if kind in ("timestamp with time zone", "interval"):
        return instant.format(quoted)
    if kind in ("timestamp with time zone[]", "interval[]"):
        return f"CASE WHEN {quoted} IS NOT NULL THEN ARRAY(SELECT {instant.format('u')} FROM unnest({quoted}) u) END"
    return quoted


def single(value):
    """As a float of 32 bits holds it."""
    if isinstance(value, list):
        return [single(v) for v in value]
    return value if value is None else struct.unpack("f", struct.pack("f", value))[0]


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or a == b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool) and not isinstance(b, bool):
        return a == b or float(a) == float(b)
    return type(a) is type(b) and a == b


# ---------------------------------------------------------------- the test

def fetch(live, relation, order="stt"):
    kinds = dict(live.sql("SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass "
                          "AND attnum > 0 AND NOT attisdropped ORDER BY attnum", relation))
    rows = live.sql(f"SELECT {', '.join(select_of(n, k) for n, k in kinds.items())} FROM {relation} ORDER BY {order}")
    return [dict(zip(kinds, row)) for row in rows], kinds


def check_rows(live, messages):
    rows, kinds = fetch(live, "data.tat_ca")
    equal("every message is stored", len(rows), len(messages))
    wrong, compared = [], 0
    for row, message in zip(rows, messages):
        for name, wanted in columns_of(message, message.DESCRIPTOR).items():
            if name in ("bat_ky",):
                continue
            compared += 1
            seen = row[name]
            if wanted is None and name.startswith(("cac_con", "m_con")):
                continue
            if kinds[name].startswith("real"):
                seen, wanted = single(seen), single(wanted)
            if not same(seen, wanted) and not hand_checked(name, seen, wanted):
                wrong.append(f"row {message.stt} {name} ({kinds[name]}): {seen!r} and not {wanted!r}")
    check(f"every column of every row is what Python reads ({compared} values)", not wrong, "\n".join(wrong))
    return rows


def hand_checked(name, seen, wanted):
    """Where JSON has no form for a time, ours shows its two numbers; Python's refuses the message."""
    return name == "cac_con" and isinstance(wanted, list) and wanted[-1] is None and same(seen[:-1], wanted[:-1]) and \
        seen[-1] == {"so": -1, "trong": {}, "gia": "không phải số", "luc": {"seconds": "253402300800", "nanos": 0}}


def elements(messages, name):
    for message in messages:
        for n, item in enumerate(getattr(message, name), 1):
            yield message, n, item


def typed(con):
    """The columns of Con in a view of list elements."""
    wanted = {
        "so": con.so if con.HasField("so") else None, "chu": con.chu, "mau": enum_text(con.DESCRIPTOR.fields_by_name["mau"], con.mau),
        "luc": micros(con.luc) if con.HasField("luc") and con.luc.seconds < 253402300800 else None,
        "lau": micros(con.lau) if con.HasField("lau") else None, "lon": decimal.Decimal(con.lon), "tho": con.tho,
        "cac_mau": [enum_text(con.DESCRIPTOR.fields_by_name["mau"], m) for m in con.cac_mau],
        "trong_x": con.trong.x if con.HasField("trong") else None,
        "trong_y": con.trong.y if con.trong.HasField("y") else None,
        "gia": None if con.gia in ("", "không phải số") else numeric(con.gia), "thuc": con.thuc,
        "goi": con.goi.value if con.HasField("goi") else None, "dung": con.dung,
        "cac_luc": [micros(t) for t in con.cac_luc], "kep": con.kep,
        "mat_na": ",".join(con.mat_na.paths) if con.HasField("mat_na") else None,
        "mot_chu": con.mot_chu if con.HasField("mot_chu") else None, "mot_so": con.mot_so if con.HasField("mot_so") else None,
    }
    return wanted


def check_view(live, view, wanted, order):
    rows, _ = fetch(live, f"bi.{view}", order)
    wrong = [f"{len(rows)} rows and not {len(wanted)}"] if len(rows) != len(wanted) else []
    for row, want in zip(rows, wanted):
        if "thuc" in want:
            row["thuc"], want["thuc"] = single(row["thuc"]), single(want["thuc"])
        wrong += [f"{k}: {row.get(k, 'no such column')!r} and not {v!r}" for k, v in want.items() if not same(row.get(k), v)]
    check(f"bi.{view}: {len(wanted)} rows, typed as in columns", not wrong, "\n".join(wrong))
    jsons = live.sql("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND atttypid = 'jsonb'::regtype", f"bi.{view}")
    equal(f"bi.{view} has no jsonb", jsons, [])


def check_lists(live, messages):
    def view(name, wanted, by="thu_tu"):
        check_view(live, f"{name}", wanted, f"(SELECT stt FROM bi.tat_ca t WHERE t.ma_thong_diep = bi.{name}.ma_thong_diep), {by}")

    view("tat_ca__cac_con", [{"thu_tu": n, **typed(con)} for _, n, con in elements(messages, "cac_con")])
    view("tat_ca__cac_con__chau", [{"thu_tu_cac_con": n, "thu_tu": k, "ten": c.ten, "so": c.so}
                                   for _, n, con in elements(messages, "cac_con") for k, c in enumerate(con.chau, 1)],
         "thu_tu_cac_con, thu_tu")
    view("tat_ca__cac_con__nhan", [{"khoa": k, "gia_tri": con.nhan[k]} for _, _, con in elements(messages, "cac_con")
                                   for k in sorted(con.nhan)], "khoa")
    view("tat_ca__m_so", [{"khoa": k, "gia_tri": m.m_so[k]} for m in messages for k in sorted(m.m_so)], 'khoa COLLATE "C"')
    view("tat_ca__m_con", [{"khoa": k, **typed(m.m_con[k])} for m in messages for k in sorted(m.m_con)], "khoa")
    view("tat_ca__m_mau", [{"khoa": k, "gia_tri": "LON" if k else "CHUA_RO"} for m in messages for k in sorted(m.m_mau)], "khoa")
    view("tat_ca__m_tho", [{"khoa": decimal.Decimal(k), "gia_tri": m.m_tho[k]} for m in messages for k in m.m_tho], "khoa")
    view("tat_ca__r_uint64", [{"gia_tri": decimal.Decimal(v)} for _, _, v in elements(messages, "r_uint64")])
    view("tat_ca__r_luc", [{"gia_tri": micros(v)} for _, _, v in elements(messages, "r_luc")])
    view("tat_ca__j_so", [{"gia_tri": v} for _, _, v in elements(messages, "j_so")])
    names = {"CHUA_RO": "Chưa rõ", "DO": "Đỏ"}
    field = messages[0].DESCRIPTOR.fields_by_name["r_enum"]
    view("tat_ca__r_enum", [{"gia_tri": enum_text(field, v), "gia_tri_ten": names.get(enum_text(field, v), enum_text(field, v))}
                            for _, _, v in elements(messages, "r_enum")])


def check_any(live):
    equal("Any: what it holds, and its bytes", live.sql(
        "SELECT bat_ky_kieu, bat_ky_noi_dung FROM bi.tat_ca WHERE bat_ky_kieu IS NOT NULL"), [("vn/x", b"\x00\xff")])
    left = {r[0] for r in live.sql("SELECT attname FROM pg_attribute WHERE attrelid = 'bi.tat_ca'::regclass "
                                   "AND atttypid = 'jsonb'::regtype")}
    equal("jsonb is left for what has no columns", left,
          {"cau_truc", "gia_tri", "danh_sach", "r_gia_tri", "de_con", "de_cha", "j_trong"} - {"de_con"})


def main():
    with Tables() as live:
        module = live.add("tatca", PROTO)
        live.feed("H10.01", "tat-ca")
        live.start_hub()
        s = live.sender("H10.01", "tat-ca")
        texts = [*ROWS, "bat_ky { type_url: 'vn/x' value: '\\000\\377' }"]
        raws = []
        for n, text in enumerate(texts):
            message = text_format.Parse(text, module.TatCa())
            message.stt = n
            raws.append(message.SerializeToString())
        raws += [bytes([8, len(texts) + n]) + extra for n, extra in enumerate(UNLISTED)]
        for raw in raws:
            s.say("", raw)
        live.wait_for(s)
        equal("nothing is refused", live.sql("SELECT code, violations FROM hub.quarantine"), [])
        messages = [module.TatCa.FromString(raw) for raw in raws]
        check_rows(live, messages)
        check_lists(live, messages)
        check_any(live)
        equal("an unlisted number of an enum is its decimal text", live.sql(
            "SELECT f_enum, o_enum, r_enum::text FROM data.tat_ca WHERE stt >= %s ORDER BY stt", len(texts)),
            [("99", None, "{}"), ("CHUA_RO", "99", "{}"), ("CHUA_RO", None, "{DO,99,XANH,99}")])
        for (view,) in live.sql("SELECT 'bi.' || quote_ident(viewname) FROM pg_views WHERE schemaname = 'bi'"):
            live.sql(f"SELECT count(v::text) FROM {view} v")  # every cell of every view can be read
        equal("the hub still runs", live.stop("hub"), 0)
    finish()


main()
