#!/usr/bin/env python3
# group: tables
# timeout: 150
"""The views of bi as people and tools meet them: names and comments, rights over versions and over an upgrade of an older
database, what enum values are called, the calendar, and that a period still reads its months alone."""

import datetime
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from live import ROOT, check, equal, finish, psycopg  # noqa: E402
from tables import Tables  # noqa: E402

APPEND = """
enum Muc {{
        // Chưa rõ | Not known
        CHUA_RO = 0;
        // Báo động I | Alarm I
        BAO_DONG_1 = 1;
        BAO_DONG_2 = 2;
}}
message Moc {{
        // Vĩ độ | Latitude
        optional double vi_do = 1;
}}
message SuKien {{
        option (iochub.v1.dataset) = {{
                name: "su-kien" domain: "thu" mode: APPEND event_time: "luc" past_days: 3660 title_vi: "Sự kiện" title_en: "Events"
        }};
        // Thời điểm | Instant
        google.protobuf.Timestamp luc = 1;
        // Mức báo động | Level of alarm
        Muc muc = 2;
        // Các mốc | Marks
        repeated Moc moc = 3;
        // Nhãn | Labels
        map<string, string> nhan = 4;
        // Cơ quan theo người gửi ghi | Agency as the sender writes it
        string co_quan_gui = 5;
        {more}
}}
"""
UPSERT = """
message HoSo {
        option (iochub.v1.dataset) = { name: "ho-so" domain: "thu" mode: UPSERT key: "ma" title_vi: "Hồ sơ" };
        // Mã | Code
        string ma = 1;
        repeated string tep = 2;
}
"""
DAY = 86400
FIRST = int(datetime.datetime(2025, 1, 15, tzinfo=datetime.timezone.utc).timestamp())


def reader(live, statement, role="test_doc"):
    """As a person: test_doc is of the group of readers, test_bao_cao has rights of its own."""
    with psycopg.connect(host=live.env["PGHOST"], port=live.env["PGPORT"], dbname=live.env["PGDATABASE"], user=role,
                         password="test", autocommit=True) as link:
        return link.execute(statement).fetchall()


def columns(live, view):
    return live.sql("SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = %s::regclass "
                    "AND attnum > 0 ORDER BY attnum", view)


def check_names(live):
    equal("names and comments are Vietnamese; a name of the structure's own stays", columns(live, "bi.su_kien"), [
        ("luc", "Thời điểm"), ("luc_ngay", "Thời điểm: ngày theo giờ Việt Nam, nối với bi.ngay"), ("muc", "Mức báo động"),
        ("muc_ten", "Mức báo động: tên gọi"), ("co_quan_gui", "Cơ quan theo người gửi ghi"), ("tdl_co_quan_gui", "Cơ quan gửi"),
        ("co_quan_cung_cap", "Cơ quan có dữ liệu"), ("ma_thong_diep", "Mã thông điệp dữ liệu"),
        ("thoi_diem_su_kien", "Thời điểm sự kiện"), ("thoi_diem_nhan", "Thời điểm trục nhận được"),
        ("nguon_cap", "Nguồn cấp (hub.feed)"), ("phan_vung", "Phân vùng của nguồn cấp"), ("vi_tri", "Vị trí trong phân vùng"),
        ("cau_truc", "Cấu trúc dữ liệu (hub.schema)"), ("danh_dau", "Các quy tắc bị đánh dấu"),
        ("ma_bam", "SHA-256 của dữ liệu gốc")])
    equal("tables keep both languages", live.one(
        "SELECT col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'data.su_kien'::regclass "
        "AND attname = 'muc'"), "Mức báo động | Level of alarm")
    equal("the views of a dataset", [r[0] for r in live.sql(
        "SELECT viewname FROM pg_views WHERE schemaname = 'bi' ORDER BY viewname")],
        ["ho_so", "ho_so__tep", "ho_so_lich_su", "ngay", "su_kien", "su_kien__moc", "su_kien__nhan", "su_kien_dinh_chinh"])
    equal("what a view is", live.one("SELECT obj_description('bi.su_kien__moc'::regclass)"), "Sự kiện: Các mốc")
    equal("no column of a view begins with _, and lists are no jsonb", live.sql(
        "SELECT attrelid::regclass::text, attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'bi'::regnamespace AND attnum > 0 AND (starts_with(attname, '_') OR atttypid = 'jsonb'::regtype)"), [])
    for name in ("ngay", "ho-so-lich-su", "su-kien-dinh-chinh"):
        path = live.write("khac", UPSERT.replace('"ho-so"', f'"{name}"'))
        done = live.iochub("schema", "register", path, "-I", live.folder, good=False)
        check(f"a dataset called {name} is refused", done.returncode == 1 and "kept for views" in done.stdout + done.stderr,
              (done.returncode, done.stdout + done.stderr))


def check_documented(live):
    """docs/TABLES.md lists the system columns as they are, docs/TABLES.vi.md their reading names."""
    text = (ROOT / "docs/TABLES.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(_\w+)` \| `(\w+)` \| (.+?) \| (.+?) \|$", text, re.M)
    seen = live.sql("SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'history.ho_so'::regclass "
                    "AND starts_with(attname, '_') ORDER BY attnum")
    equal("the document's system columns", [(c, f"{vi} | {en}") for c, _, vi, en in rows], seen)
    equal("and their reading names", [(r, vi) for _, r, vi, _ in rows], [
        (name, text) for name, text in columns(live, "bi.ho_so_lich_su")
        if name not in ("ma", "tep", "thao_tac_ten", "thoi_diem_nhan_ngay")])
    vietnamese = (ROOT / "docs/TABLES.vi.md").read_text(encoding="utf-8")
    equal("the same in Vietnamese", re.findall(r"^\| `(\w+)` \| ([^|]+?) \|$", vietnamese, re.M)[-len(rows):],
          [(r, vi) for _, r, vi, _ in rows])


def check_rows(live, module):
    s = live.sender("H10.01", "su-kien")
    for i in range(300):  # ten months
        row = module.SuKien(muc=i % 4, moc=[module.Moc(vi_do=i), module.Moc()], nhan={"a": str(i)}, co_quan_gui="tự ghi")
        row.luc.FromSeconds(FIRST + i * DAY)
        s.say("", row.SerializeToString(), at=FIRST + i * DAY)
    live.wait_for(s)
    equal("what values are called; one that has no name says its number", reader(
        live, "SELECT muc, muc_ten, count(*) FROM bi.su_kien GROUP BY 1, 2 ORDER BY 1"),
        [("3", "3", 75), ("BAO_DONG_1", "Báo động I", 75), ("BAO_DONG_2", "BAO_DONG_2", 75), ("CHUA_RO", "Chưa rõ", 75)])
    equal("readings are kept once a column", live.one("SELECT count(*) FROM hub.reading"), 3)
    equal("elements of lists, with their parent", reader(
        live, "SELECT count(*), count(vi_do), sum(thu_tu), count(DISTINCT ma_thong_diep) FROM bi.su_kien__moc"),
        [(600, 300, 900, 300)])
    equal("joined to the calendar", reader(
        live, "SELECT n.nam, n.thang, count(*) FROM bi.su_kien s JOIN bi.ngay n ON n.ngay = s.luc_ngay GROUP BY 1, 2 ORDER BY 1, 2")[:2],
        [(2025, 1, 17), (2025, 2, 28)])


def plan(live, where):
    rows = live.sql(f"EXPLAIN SELECT count(*) FROM bi.su_kien WHERE {where}")
    return {word for (line,) in rows for word in line.split() if word.startswith("su_kien_2025")}


def check_pruning(live):
    for column in ("luc", "thoi_diem_su_kien"):
        months = plan(live, f"{column} >= '2025-03-01+00' AND {column} < '2025-04-01+00'")
        equal(f"a month of {column} reads one partition", months, {"su_kien_2025_03"})
    lines = live.sql("EXPLAIN SELECT count(*) FROM bi.su_kien")
    check("who does not ask what values are called does not pay for it", not any("reading" in line for (line,) in lines), lines)


def check_calendar(live):
    days = ["Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật"]
    english = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    wanted, day = [], datetime.date(2000, 1, 1)
    while day.year <= 2050:
        year, week, weekday = day.isocalendar()
        wanted.append((day, weekday, days[weekday - 1], english[weekday - 1], week, year, day.month, day.replace(day=1),
                       (day.month + 2) // 3, 1 if day.month <= 6 else 2, day.year, weekday > 5, None))
        day += datetime.timedelta(days=1)
    seen = reader(live, "SELECT ngay, thu, ten_thu, ten_thu_tieng_anh, tuan, nam_cua_tuan, thang, ngay_dau_thang, quy, nua_nam, nam, "
                        "cuoi_tuan, ngay_le FROM bi.ngay ORDER BY ngay")
    check("the calendar is Python's, every day of 2000 to 2050", seen == wanted, [p for p in zip(seen, wanted) if p[0] != p[1]][:3])
    live.sql("INSERT INTO report.holiday (day, name_vi) VALUES ('2025-09-02', 'Quốc khánh')")
    equal("holidays are data", reader(live, "SELECT ngay FROM bi.ngay WHERE ngay_le IS NOT NULL"), [(datetime.date(2025, 9, 2),)])


def check_rights(live, module):
    """Rights survive a version that only adds, one that has to make the view again, and an older database."""
    live.sql("GRANT USAGE ON SCHEMA bi TO test_bao_cao; GRANT SELECT ON bi.su_kien TO test_bao_cao WITH GRANT OPTION; "
             "GRANT SELECT (ma, tep) ON bi.ho_so TO test_bao_cao; REVOKE ALL ON bi.ho_so FROM iochub_reader")
    live.register(live.write("sukien", APPEND.format(more="optional string them = 9;")), include=live.folder)
    count = [(300,)]
    equal("a new version keeps a reader's right", reader(live, "SELECT count(*) FROM bi.su_kien WHERE them IS NULL", "test_bao_cao"), count)
    # What an older program left behind.
    live.sql("UPDATE hub.dataset SET recipe = 0; DROP VIEW bi.su_kien_dinh_chinh, bi.su_kien__moc, bi.su_kien__nhan, bi.ho_so_lich_su, "
             "bi.ho_so__tep; DROP TABLE part.su_kien_amended CASCADE; DELETE FROM hub.reading")
    live.sql("DROP VIEW IF EXISTS bi.su_kien; CREATE VIEW bi.su_kien AS SELECT * FROM data.su_kien; GRANT SELECT ON bi.su_kien TO test_bao_cao WITH GRANT OPTION")
    live.sql("DROP VIEW bi.ho_so; CREATE VIEW bi.ho_so AS SELECT * FROM data.ho_so; REVOKE ALL ON bi.ho_so FROM iochub_reader; "
             "GRANT SELECT (ma, tep, _agency) ON bi.ho_so TO test_bao_cao")
    live.stop("hub")
    live.start_hub()
    live.wait("a hub does not work with it", lambda: live.processes["hub"].poll() not in (None, 0) or "db migrate" in live.log("hub"))
    live.stop("hub")
    before = live.one("SELECT count(*) FROM hub.migration")
    live.migrate()
    equal("an older database is brought up to date", (live.one("SELECT count(*) FROM hub.migration"), live.one(
        "SELECT min(recipe) > 0 FROM hub.dataset"), live.one("SELECT count(*) FROM pg_views WHERE schemaname = 'bi'")),
        (before, True, 8))
    equal("with the rights that were there", reader(live, "SELECT count(*) FROM bi.su_kien", "test_bao_cao"), count)
    equal("and the grant option", live.one("SELECT has_table_privilege('test_bao_cao', 'bi.su_kien', 'SELECT WITH GRANT OPTION')"), True)
    equal("those of columns that are still there", live.sql(
        "SELECT has_column_privilege('test_bao_cao', 'bi.ho_so', 'ma', 'SELECT'), has_table_privilege('test_bao_cao', 'bi.ho_so', 'SELECT')"),
        [(True, False)])
    equal("and what had been taken away stays away", live.one("SELECT has_table_privilege('iochub_reader', 'bi.ho_so', 'SELECT')"), False)
    equal("new views are for readers", reader(live, "SELECT count(*) FROM bi.su_kien__moc"), [(600,)])
    try:
        reader(live, "SELECT 1 FROM data.su_kien")
        check("readers do not read the tables behind", False)
    except psycopg.errors.InsufficientPrivilege:
        check("readers do not read the tables behind", True)
    live.migrate()
    live.start_hub()
    check_rows_again(live, module)


def check_rows_again(live, module):
    s = live.sender("H10.01", "su-kien")
    s.position = 1000
    row = module.SuKien(muc=1)
    row.luc.FromSeconds(FIRST)
    wrong = s.say("", row.SerializeToString(), at=FIRST)
    s.retract(wrong, "")
    live.wait_for(s)
    equal("and the hub goes on, with corrections", (live.one("SELECT count(*) FROM data.su_kien"),
                                                    live.one("SELECT count(*) FROM bi.su_kien")), (301, 300))


with Tables() as live:
    events = live.add("sukien", APPEND.format(more=""))
    live.add("hoso", UPSERT)
    live.feed("H10.01", "su-kien")
    live.superuser("CREATE ROLE test_doc LOGIN PASSWORD 'test' IN ROLE iochub_reader; CREATE ROLE test_bao_cao LOGIN PASSWORD 'test'; "
                   "GRANT CONNECT ON DATABASE iochub TO test_bao_cao")
    live.start_hub()
    check_names(live)
    check_documented(live)
    check_rows(live, events)
    check_pruning(live)
    check_calendar(live)
    check_rights(live, events)
    equal("the hub stops as asked", live.stop("hub"), 0)
finish()
