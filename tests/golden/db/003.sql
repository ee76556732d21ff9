--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: audit; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA audit;


--
-- Name: SCHEMA audit; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA audit IS 'Nhật ký quyết định | Decisions on record';


--
-- Name: bi; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA bi;


--
-- Name: SCHEMA bi; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA bi IS 'Khung nhìn cho người dùng và công cụ báo cáo | Views for people and BI tools';


--
-- Name: cases; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA cases;


--
-- Name: SCHEMA cases; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA cases IS 'Hồ sơ xử lý | Cases';


--
-- Name: data; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA data;


--
-- Name: SCHEMA data; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA data IS 'Dữ liệu đã nhận và kiểm tra: mỗi bộ dữ liệu một bảng | Accepted data, one table a dataset';


--
-- Name: history; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA history;


--
-- Name: SCHEMA history; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA history IS 'Mọi phiên bản của các bản ghi cập nhật theo khoá | All versions of UPSERT records';


--
-- Name: hub; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA hub;


--
-- Name: SCHEMA hub; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA hub IS 'Vận hành trục: nguồn cấp, tiến độ, cách ly, cấu trúc | Operation of the hub';


--
-- Name: part; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA part;


--
-- Name: SCHEMA part; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA part IS 'Phân vùng theo tháng và dấu xoá, không đọc trực tiếp | Monthly partitions and tombstones, not to be read directly';


--
-- Name: report; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA report;


--
-- Name: SCHEMA report; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA report IS 'Báo cáo | Reports';


--
-- Name: sharing; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA sharing;


--
-- Name: SCHEMA sharing; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA sharing IS 'Chia sẻ và định tuyến | Sharing and routing';


--
-- Name: add_partition(text, text, timestamp with time zone); Type: FUNCTION; Schema: hub; Owner: -
--

CREATE FUNCTION hub.add_partition(parent_schema text, parent_table text, month timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
        first timestamp := date_trunc('month', month AT TIME ZONE 'UTC');
        -- A data table never ends in `_h` behind a month, so the two kinds cannot meet in one name.
        child text := format('%s_%s%s', parent_table, to_char(first, 'YYYY_MM'),
                             CASE parent_schema WHEN 'history' THEN '_h' ELSE '' END);
        parent regclass := to_regclass(format('%I.%I', parent_schema, parent_table));
BEGIN
        IF parent_schema NOT IN ('data', 'history')
           OR NOT EXISTS (SELECT FROM pg_partitioned_table t WHERE t.partrelid = parent) THEN
                RAISE EXCEPTION 'no partitioned table %.%', parent_schema, parent_table USING ERRCODE = 'undefined_table';
        END IF;
        PERFORM pg_advisory_xact_lock(hashtextextended('iochub.partition.' || parent_schema || '.' || parent_table, 0));
        IF EXISTS (SELECT FROM pg_inherits i
                   WHERE i.inhparent = parent AND i.inhrelid = to_regclass(format('part.%I', child))) THEN
                RETURN false;
        END IF;
        EXECUTE format('CREATE TABLE part.%I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
        EXECUTE format('ALTER TABLE %s ATTACH PARTITION part.%I FOR VALUES FROM (%L) TO (%L)', parent, child,
                       to_char(first, 'YYYY-MM-DD 00:00:00+00'), to_char(first + interval '1 month', 'YYYY-MM-DD 00:00:00+00'));
        RETURN true;
END $$;


--
-- Name: put_view(text, text[], text[], text[], text, text); Type: FUNCTION; Schema: hub; Owner: -
--

CREATE FUNCTION hub.put_view(view_name text, names text[], expressions text[], comments text[], source text, about text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
        place text := format('bi.%I', view_name);
        old regclass := to_regclass(place);
        had text[] := '{}';
        wanted text[];
        lists text[]; -- "expression AS name", in the order of names and in that of the old view
        rights text[] := '{}';
        statement text;
BEGIN
        SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}') INTO had FROM pg_attribute a
        WHERE a.attrelid = old AND a.attnum > 0 AND NOT a.attisdropped;
        SELECT ARRAY[string_agg(item, ', ' ORDER BY nth), string_agg(item, ', ' ORDER BY coalesce(array_position(had, name), 100000), nth)]
        INTO lists
        FROM (SELECT n.name, n.nth, format('%s AS %I', expressions[n.nth], n.name) AS item
              FROM unnest(names) WITH ORDINALITY AS n(name, nth)) AS c;
        IF old IS NOT NULL AND had <@ names THEN
                BEGIN
                        EXECUTE format('CREATE OR REPLACE VIEW %s AS SELECT %s FROM %s', place, lists[2], source);
                        wanted := had;
                EXCEPTION WHEN invalid_table_definition THEN
                        wanted := NULL; -- a column has another type now
                END;
        END IF;
        IF wanted IS NULL THEN
                IF old IS NOT NULL THEN
                        SELECT coalesce(array_agg(r.line), '{}') INTO rights FROM (
                                SELECT format('GRANT %s ON %s TO %s%s', x.privilege_type, place,
                                              CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END,
                                              CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS line
                                FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = old AND x.grantee <> c.relowner
                                UNION ALL
                                SELECT format('GRANT %s (%I) ON %s TO %s%s', x.privilege_type, a.attname, place,
                                              CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END,
                                              CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
                                FROM pg_attribute a, aclexplode(a.attacl) x
                                WHERE a.attrelid = old AND NOT a.attisdropped AND a.attname = ANY (names)) AS r;
                        EXECUTE format('DROP VIEW %s', place);
                END IF;
                EXECUTE format('CREATE VIEW %s AS SELECT %s FROM %s', place, lists[1], source);
                IF old IS NOT NULL THEN -- what default rights give anew may have been taken away
                        FOR statement IN SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', place,
                                                CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END)
                                         FROM pg_class c, aclexplode(c.relacl) x
                                         WHERE c.oid = to_regclass(place) AND x.grantee <> c.relowner LOOP
                                EXECUTE statement;
                        END LOOP;
                END IF;
                FOREACH statement IN ARRAY rights LOOP
                        EXECUTE statement;
                END LOOP;
        END IF;
        EXECUTE format('COMMENT ON VIEW %s IS %L', place, about);
        FOR statement IN SELECT format('COMMENT ON COLUMN %s.%I IS %L', place, n.name, nullif(comments[n.nth], ''))
                         FROM unnest(names) WITH ORDINALITY AS n(name, nth) LOOP
                EXECUTE statement;
        END LOOP;
END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: calendar_day; Type: TABLE; Schema: report; Owner: -
--

CREATE TABLE report.calendar_day (
    day date NOT NULL,
    weekday smallint NOT NULL,
    weekday_vi text NOT NULL,
    weekday_en text NOT NULL,
    weekend boolean NOT NULL,
    iso_week smallint NOT NULL,
    iso_year smallint NOT NULL,
    month smallint NOT NULL,
    quarter smallint NOT NULL,
    half_year smallint NOT NULL,
    year smallint NOT NULL,
    month_start date NOT NULL
);


--
-- Name: TABLE calendar_day; Type: COMMENT; Schema: report; Owner: -
--

COMMENT ON TABLE report.calendar_day IS 'Lịch, mỗi ngày một dòng, 2000 đến 2050 | The calendar, a row a day, 2000 to 2050';


--
-- Name: holiday; Type: TABLE; Schema: report; Owner: -
--

CREATE TABLE report.holiday (
    day date NOT NULL,
    name_vi text NOT NULL,
    name_en text DEFAULT ''::text NOT NULL,
    basis text DEFAULT ''::text NOT NULL,
    CONSTRAINT holiday_name_vi_check CHECK ((name_vi <> ''::text))
);


--
-- Name: TABLE holiday; Type: COMMENT; Schema: report; Owner: -
--

COMMENT ON TABLE report.holiday IS 'Ngày nghỉ lễ, nhập theo thông báo từng năm | Public holidays, entered as they are announced each year';


--
-- Name: COLUMN holiday.basis; Type: COMMENT; Schema: report; Owner: -
--

COMMENT ON COLUMN report.holiday.basis IS 'Văn bản | The document behind it';


--
-- Name: ngay; Type: VIEW; Schema: bi; Owner: -
--

CREATE VIEW bi.ngay AS
 SELECT c.day AS ngay,
    c.weekday AS thu,
    c.weekday_vi AS ten_thu,
    c.weekday_en AS ten_thu_tieng_anh,
    c.iso_week AS tuan,
    c.iso_year AS nam_cua_tuan,
    c.month AS thang,
    c.month_start AS ngay_dau_thang,
    c.quarter AS quy,
    c.half_year AS nua_nam,
    c.year AS nam,
    c.weekend AS cuoi_tuan,
    h.name_vi AS ngay_le,
    h.name_en AS ngay_le_tieng_anh
   FROM (report.calendar_day c
     LEFT JOIN report.holiday h ON ((h.day = c.day)));


--
-- Name: VIEW ngay; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON VIEW bi.ngay IS 'Lịch: mỗi ngày một dòng, nối với các cột _ngay';


--
-- Name: COLUMN ngay.ngay; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.ngay IS 'Ngày';


--
-- Name: COLUMN ngay.thu; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.thu IS 'Thứ trong tuần: 1 là thứ hai, 7 là chủ nhật';


--
-- Name: COLUMN ngay.ten_thu; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.ten_thu IS 'Tên thứ';


--
-- Name: COLUMN ngay.ten_thu_tieng_anh; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.ten_thu_tieng_anh IS 'Tên thứ bằng tiếng Anh';


--
-- Name: COLUMN ngay.tuan; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.tuan IS 'Tuần theo ISO 8601';


--
-- Name: COLUMN ngay.nam_cua_tuan; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.nam_cua_tuan IS 'Năm mà tuần đó thuộc về, theo ISO 8601';


--
-- Name: COLUMN ngay.thang; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.thang IS 'Tháng, 1 đến 12';


--
-- Name: COLUMN ngay.ngay_dau_thang; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.ngay_dau_thang IS 'Ngày đầu tháng';


--
-- Name: COLUMN ngay.quy; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.quy IS 'Quý, 1 đến 4';


--
-- Name: COLUMN ngay.nua_nam; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.nua_nam IS 'Nửa năm: 1 hoặc 2';


--
-- Name: COLUMN ngay.nam; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.nam IS 'Năm';


--
-- Name: COLUMN ngay.cuoi_tuan; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.cuoi_tuan IS 'Thứ bảy hoặc chủ nhật';


--
-- Name: COLUMN ngay.ngay_le; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.ngay_le IS 'Ngày nghỉ lễ; trống là ngày thường';


--
-- Name: COLUMN ngay.ngay_le_tieng_anh; Type: COMMENT; Schema: bi; Owner: -
--

COMMENT ON COLUMN bi.ngay.ngay_le_tieng_anh IS 'Ngày nghỉ lễ bằng tiếng Anh';


--
-- Name: dataset; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.dataset (
    name text NOT NULL,
    table_name text NOT NULL,
    domain text NOT NULL,
    mode text NOT NULL,
    time_column text NOT NULL,
    retention_days integer NOT NULL,
    approval_required boolean NOT NULL,
    personal_data text NOT NULL,
    title_vi text NOT NULL,
    title_en text NOT NULL,
    latest_schema integer NOT NULL,
    registered_at timestamp with time zone DEFAULT now() NOT NULL,
    recipe integer DEFAULT 0 NOT NULL,
    CONSTRAINT dataset_mode_check CHECK ((mode = ANY (ARRAY['APPEND'::text, 'UPSERT'::text]))),
    CONSTRAINT dataset_name_check CHECK (((name ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'::text) AND (length(name) <= 48))),
    CONSTRAINT dataset_personal_data_check CHECK ((personal_data = ANY (ARRAY['NONE'::text, 'BASIC'::text, 'SENSITIVE'::text]))),
    CONSTRAINT dataset_retention_days_check CHECK ((retention_days >= 0))
);


--
-- Name: TABLE dataset; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.dataset IS 'Bộ dữ liệu | Datasets';


--
-- Name: COLUMN dataset.recipe; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.dataset.recipe IS 'Cách làm bảng và khung nhìn đã dùng | Which recipe of tables and views the dataset''s objects follow';


--
-- Name: feed; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.feed (
    id integer NOT NULL,
    agency text NOT NULL,
    dataset text NOT NULL,
    topic text NOT NULL,
    topic_id bytea NOT NULL,
    partitions integer NOT NULL,
    providers text[] DEFAULT '{}'::text[] NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    added_by text DEFAULT SESSION_USER NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT feed_agency_check CHECK (((agency ~ '^[0-9A-Z]+(\.[0-9A-Z]+)*$'::text) AND (length(agency) <= 35))),
    CONSTRAINT feed_partitions_check CHECK (((partitions >= 1) AND (partitions <= 1024))),
    CONSTRAINT feed_topic_id_check CHECK ((length(topic_id) = 16))
);


--
-- Name: TABLE feed; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.feed IS 'Nguồn cấp: một cơ quan gửi một bộ dữ liệu | Feeds: one agency''s topic for one dataset';


--
-- Name: COLUMN feed.topic_id; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.feed.topic_id IS 'Mã topic của Kafka khi thêm | Kafka''s topic id at the time of adding';


--
-- Name: COLUMN feed.providers; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.feed.providers IS 'Cơ quan có dữ liệu được gửi thay | Agencies whose data this sender may carry';


--
-- Name: feed_id_seq; Type: SEQUENCE; Schema: hub; Owner: -
--

ALTER TABLE hub.feed ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hub.feed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: gap; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.gap (
    feed integer NOT NULL,
    part integer NOT NULL,
    "offset" bigint NOT NULL,
    session bigint NOT NULL,
    first_missing bigint NOT NULL,
    last_missing bigint NOT NULL,
    noticed_at timestamp with time zone DEFAULT now() NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    CONSTRAINT gap_check CHECK ((last_missing >= first_missing))
);


--
-- Name: TABLE gap; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.gap IS 'Số thứ tự bị thiếu trước một thông điệp | Sequence numbers missing before a record';


--
-- Name: instance; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.instance (
    id text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: TABLE instance; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.instance IS 'Các tiến trình trục đang chạy | Hub processes';


--
-- Name: progress; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.progress (
    feed integer NOT NULL,
    part integer NOT NULL,
    owner text,
    backend_pid integer,
    epoch bigint DEFAULT 0 NOT NULL,
    next_offset bigint DEFAULT 0 NOT NULL,
    leader_epoch integer DEFAULT '-1'::integer NOT NULL,
    session bigint,
    sequence bigint DEFAULT 0 NOT NULL,
    unreadable integer DEFAULT 0 NOT NULL,
    routed_offset bigint DEFAULT 0 NOT NULL,
    routed_session bigint,
    routed_sequence bigint DEFAULT 0 NOT NULL,
    routed_unreadable integer DEFAULT 0 NOT NULL,
    recheck boolean DEFAULT false NOT NULL,
    crash_offset bigint,
    crash_count integer DEFAULT 0 NOT NULL,
    state text DEFAULT 'NEW'::text NOT NULL,
    state_reason text DEFAULT ''::text NOT NULL,
    state_since timestamp with time zone DEFAULT now() NOT NULL,
    stored bigint DEFAULT 0 NOT NULL,
    flagged bigint DEFAULT 0 NOT NULL,
    rejected bigint DEFAULT 0 NOT NULL,
    repeats bigint DEFAULT 0 NOT NULL,
    controls bigint DEFAULT 0 NOT NULL,
    gaps bigint DEFAULT 0 NOT NULL,
    local_rejects bigint DEFAULT 0 NOT NULL,
    last_event_time timestamp with time zone,
    last_received_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT progress_check CHECK ((routed_offset <= next_offset)),
    CONSTRAINT progress_state_check CHECK ((state = ANY (ARRAY['NEW'::text, 'RUNNING'::text, 'STOPPED'::text])))
)
WITH (fillfactor='50');


--
-- Name: TABLE progress; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.progress IS 'Tiến độ đọc từng phân vùng; cùng giao dịch với dữ liệu | Progress of each partition, committed with the rows';


--
-- Name: COLUMN progress.session; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.progress.session IS 'Phiên gửi hiện tại (8 byte) | The sender''s current session, 8 bytes as a signed integer';


--
-- Name: feed_status; Type: VIEW; Schema: hub; Owner: -
--

CREATE VIEW hub.feed_status AS
 SELECT f.id AS feed,
    p.part,
    f.agency,
    f.dataset,
    f.topic,
        CASE
            WHEN (p.state = 'STOPPED'::text) THEN 'STOPPED'::text
            WHEN ((p.owner IS NULL) OR (i.seen_at IS NULL) OR (i.seen_at < (now() - '00:00:15'::interval))) THEN 'UNATTENDED'::text
            WHEN (g.open > 0) THEN 'GAP'::text
            WHEN (p.next_offset = 0) THEN 'NEW'::text
            ELSE 'RUNNING'::text
        END AS state,
        CASE
            WHEN (p.state = 'STOPPED'::text) THEN p.state_reason
            WHEN (p.owner IS NULL) THEN 'no hub has taken this partition yet'::text
            WHEN ((i.seen_at IS NULL) OR (i.seen_at < (now() - '00:00:15'::interval))) THEN format('hub %s has not been seen since %s'::text, p.owner, COALESCE((i.seen_at)::text, 'its start'::text))
            WHEN (g.open > 0) THEN format('%s gap(s) in the sequence, see hub.gap'::text, g.open)
            WHEN (p.next_offset = 0) THEN 'nothing has been sent yet'::text
            ELSE ''::text
        END AS why,
        CASE
            WHEN (p.state = 'STOPPED'::text) THEN p.state_since
            WHEN (p.owner IS NULL) THEN f.added_at
            WHEN (i.seen_at IS NULL) THEN p.updated_at
            WHEN (i.seen_at < (now() - '00:00:15'::interval)) THEN i.seen_at
            WHEN (g.open > 0) THEN g.since
            ELSE p.state_since
        END AS since,
    p.owner,
    p.next_offset,
    p.stored,
    p.flagged,
    p.rejected,
    p.repeats,
    p.gaps,
    p.local_rejects,
    p.last_event_time,
    p.last_received_at,
    p.updated_at
   FROM (((hub.feed f
     JOIN hub.progress p ON ((p.feed = f.id)))
     LEFT JOIN hub.instance i ON ((i.id = p.owner)))
     LEFT JOIN LATERAL ( SELECT count(*) AS open,
            min(g_1.noticed_at) AS since
           FROM hub.gap g_1
          WHERE ((g_1.feed = p.feed) AND (g_1.part = p.part) AND (g_1.acknowledged_at IS NULL))) g ON (true))
  WHERE (f.retired_at IS NULL);


--
-- Name: VIEW feed_status; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON VIEW hub.feed_status IS 'Trạng thái từng nguồn cấp: một từ, vì sao, từ khi nào | State of each feed partition: one word, why, since when';


--
-- Name: migration; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.migration (
    number integer NOT NULL,
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_by text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT migration_checksum_check CHECK ((length(checksum) = 32)),
    CONSTRAINT migration_number_check CHECK ((number > 0))
);


--
-- Name: TABLE migration; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.migration IS 'Các tệp deploy/sql đã áp dụng | Files of deploy/sql that were applied';


--
-- Name: COLUMN migration.checksum; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.migration.checksum IS 'SHA-256 của tệp | SHA-256 of the file';


--
-- Name: quarantine; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.quarantine (
    feed integer NOT NULL,
    part integer NOT NULL,
    "offset" bigint NOT NULL,
    agency text NOT NULL,
    dataset text NOT NULL,
    schema_id integer,
    message_id bytea,
    code text NOT NULL,
    violations jsonb NOT NULL,
    session bigint,
    sequence bigint,
    source text,
    source_position text,
    record_key bytea,
    value bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    quarantined_at timestamp with time zone DEFAULT now() NOT NULL,
    state text DEFAULT 'OPEN'::text NOT NULL,
    decided_at timestamp with time zone,
    decided_by text,
    decided_why text,
    CONSTRAINT quarantine_state_check CHECK ((state = ANY (ARRAY['OPEN'::text, 'REPLAYED'::text, 'REPEAT'::text, 'DISCARDED'::text])))
);


--
-- Name: TABLE quarantine; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.quarantine IS 'Thông điệp không nhận được, giữ nguyên văn | Messages that were not accepted, with their bytes';


--
-- Name: reading; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.reading (
    dataset text NOT NULL,
    column_name text NOT NULL,
    value text NOT NULL,
    vi text NOT NULL,
    en text NOT NULL
);


--
-- Name: TABLE reading; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.reading IS 'Tên gọi của các giá trị liệt kê | What the values of enumerations are called';


--
-- Name: COLUMN reading.column_name; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.reading.column_name IS 'Cột, hoặc đường dẫn trong cột jsonb | Column, or the path inside of a jsonb column';


--
-- Name: route_pending; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.route_pending (
    feed integer NOT NULL,
    part integer NOT NULL,
    "offset" bigint NOT NULL,
    replay integer NOT NULL,
    queued_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT route_pending_replay_check CHECK ((replay > 0))
);


--
-- Name: TABLE route_pending; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.route_pending IS 'Định tuyến của bản phát lại chưa được xác nhận | Routes of replays not yet acknowledged';


--
-- Name: schema_id; Type: SEQUENCE; Schema: hub; Owner: -
--

CREATE SEQUENCE hub.schema_id
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: schema; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.schema (
    id integer DEFAULT nextval('hub.schema_id'::regclass) NOT NULL,
    subject text NOT NULL,
    version integer NOT NULL,
    dataset text,
    message text NOT NULL,
    descriptor_set bytea NOT NULL,
    fingerprint bytea NOT NULL,
    registered_at timestamp with time zone DEFAULT now() NOT NULL,
    registered_by text DEFAULT SESSION_USER NOT NULL,
    published_at timestamp with time zone,
    CONSTRAINT schema_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT schema_version_check CHECK ((version > 0))
);


--
-- Name: TABLE schema; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.schema IS 'Cấu trúc dữ liệu trao đổi đã đăng ký | Registered exchange structures';


--
-- Name: COLUMN schema.dataset; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.schema.dataset IS 'NULL: thông điệp của chính trục | NULL: one of the hub''s own messages';


--
-- Name: COLUMN schema.published_at; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.schema.published_at IS 'Khi đã có trên iochub.schemas | When it stood on iochub.schemas';


--
-- Name: schema_file; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.schema_file (
    id integer DEFAULT nextval('hub.schema_id'::regclass) NOT NULL,
    subject text NOT NULL,
    version integer NOT NULL,
    fingerprint bytea NOT NULL,
    descriptor bytea NOT NULL,
    content text NOT NULL,
    registered_at timestamp with time zone DEFAULT now() NOT NULL,
    registered_by text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT schema_file_fingerprint_check CHECK ((length(fingerprint) = 32)),
    CONSTRAINT schema_file_subject_check CHECK ((subject <> ''::text)),
    CONSTRAINT schema_file_version_check CHECK ((version > 0))
);


--
-- Name: TABLE schema_file; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.schema_file IS 'Tệp .proto mà sổ đăng ký cho xem qua HTTP | The .proto files that the registry shows over HTTP';


--
-- Name: COLUMN schema_file.id; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.schema_file.id IS 'Mã trong hub.schema, hoặc mã riêng của tệp được import | The id of hub.schema, or an imported file''s own';


--
-- Name: COLUMN schema_file.subject; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.schema_file.subject IS 'Tên trong hub.schema, hoặc đường dẫn import | The subject of hub.schema, or an import path';


--
-- Name: COLUMN schema_file.fingerprint; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.schema_file.fingerprint IS 'SHA-256 của tệp và các tệp nó import | SHA-256 of the file and of what it imports';


--
-- Name: COLUMN schema_file.descriptor; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.schema_file.descriptor IS 'google.protobuf.FileDescriptorProto';


--
-- Name: COLUMN schema_file.content; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON COLUMN hub.schema_file.content IS 'Văn bản .proto | The .proto text';


--
-- Name: schema_reference; Type: TABLE; Schema: hub; Owner: -
--

CREATE TABLE hub.schema_reference (
    file integer NOT NULL,
    "position" integer NOT NULL,
    target integer NOT NULL,
    CONSTRAINT schema_reference_position_check CHECK (("position" >= 0))
);


--
-- Name: TABLE schema_reference; Type: COMMENT; Schema: hub; Owner: -
--

COMMENT ON TABLE hub.schema_reference IS 'Tệp nào import tệp nào, theo thứ tự | Which file imports which, in order';


--
-- Name: access_grant; Type: TABLE; Schema: sharing; Owner: -
--

CREATE TABLE sharing.access_grant (
    id bigint NOT NULL,
    dataset text NOT NULL,
    kind text NOT NULL,
    grantee text,
    basis text NOT NULL,
    valid_from timestamp with time zone DEFAULT now() NOT NULL,
    valid_to timestamp with time zone,
    granted_at timestamp with time zone DEFAULT now() NOT NULL,
    granted_by text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT access_grant_basis_check CHECK ((basis <> ''::text)),
    CONSTRAINT access_grant_check CHECK ((valid_to > valid_from)),
    CONSTRAINT access_grant_kind_check CHECK ((kind = ANY (ARRAY['DEFAULT'::text, 'SPECIFIC'::text])))
);


--
-- Name: TABLE access_grant; Type: COMMENT; Schema: sharing; Owner: -
--

COMMENT ON TABLE sharing.access_grant IS 'Cho phép chia sẻ | Sharing grants: DEFAULT opens shared.<dataset>';


--
-- Name: access_grant_id_seq; Type: SEQUENCE; Schema: sharing; Owner: -
--

ALTER TABLE sharing.access_grant ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME sharing.access_grant_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: route_rule; Type: TABLE; Schema: sharing; Owner: -
--

CREATE TABLE sharing.route_rule (
    id bigint NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    dataset text NOT NULL,
    field text,
    value text,
    agency text NOT NULL,
    part text DEFAULT 'LEAD'::text NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    basis text DEFAULT ''::text NOT NULL,
    valid_from timestamp with time zone DEFAULT now() NOT NULL,
    valid_to timestamp with time zone,
    CONSTRAINT route_rule_agency_check CHECK (((agency ~ '^[0-9A-Z]+(\.[0-9A-Z]+)*$'::text) AND (length(agency) <= 35))),
    CONSTRAINT route_rule_check CHECK ((valid_to > valid_from)),
    CONSTRAINT route_rule_check1 CHECK (((field IS NULL) = (value IS NULL))),
    CONSTRAINT route_rule_part_check CHECK ((part = ANY (ARRAY['LEAD'::text, 'SUPPORT'::text, 'INFORM'::text]))),
    CONSTRAINT route_rule_priority_check CHECK (((priority >= 0) AND (priority <= 4))),
    CONSTRAINT route_rule_version_check CHECK ((version > 0))
);


--
-- Name: TABLE route_rule; Type: COMMENT; Schema: sharing; Owner: -
--

COMMENT ON TABLE sharing.route_rule IS 'Quy tắc định tuyến: trường = giá trị thì chuyển cơ quan | Routing rules: field = value goes to agency; without field, every message';


--
-- Name: route_rule_id_seq; Type: SEQUENCE; Schema: sharing; Owner: -
--

ALTER TABLE sharing.route_rule ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME sharing.route_rule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: dataset dataset_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.dataset
    ADD CONSTRAINT dataset_pkey PRIMARY KEY (name);


--
-- Name: dataset dataset_table_name_key; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.dataset
    ADD CONSTRAINT dataset_table_name_key UNIQUE (table_name);


--
-- Name: feed feed_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY (id);


--
-- Name: gap gap_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.gap
    ADD CONSTRAINT gap_pkey PRIMARY KEY (feed, part, "offset");


--
-- Name: instance instance_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.instance
    ADD CONSTRAINT instance_pkey PRIMARY KEY (id);


--
-- Name: migration migration_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (number);


--
-- Name: progress progress_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.progress
    ADD CONSTRAINT progress_pkey PRIMARY KEY (feed, part);


--
-- Name: quarantine quarantine_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (feed, part, "offset");


--
-- Name: reading reading_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.reading
    ADD CONSTRAINT reading_pkey PRIMARY KEY (dataset, column_name, value);


--
-- Name: route_pending route_pending_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.route_pending
    ADD CONSTRAINT route_pending_pkey PRIMARY KEY (feed, part, "offset", replay);


--
-- Name: schema_file schema_file_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.schema_file
    ADD CONSTRAINT schema_file_pkey PRIMARY KEY (id);


--
-- Name: schema_file schema_file_subject_version_key; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.schema_file
    ADD CONSTRAINT schema_file_subject_version_key UNIQUE (subject, version);


--
-- Name: schema schema_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.schema
    ADD CONSTRAINT schema_pkey PRIMARY KEY (id);


--
-- Name: schema_reference schema_reference_pkey; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.schema_reference
    ADD CONSTRAINT schema_reference_pkey PRIMARY KEY (file, "position");


--
-- Name: schema schema_subject_fingerprint_key; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.schema
    ADD CONSTRAINT schema_subject_fingerprint_key UNIQUE (subject, fingerprint);


--
-- Name: schema schema_subject_version_key; Type: CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.schema
    ADD CONSTRAINT schema_subject_version_key UNIQUE (subject, version);


--
-- Name: calendar_day calendar_day_pkey; Type: CONSTRAINT; Schema: report; Owner: -
--

ALTER TABLE ONLY report.calendar_day
    ADD CONSTRAINT calendar_day_pkey PRIMARY KEY (day);


--
-- Name: holiday holiday_pkey; Type: CONSTRAINT; Schema: report; Owner: -
--

ALTER TABLE ONLY report.holiday
    ADD CONSTRAINT holiday_pkey PRIMARY KEY (day);


--
-- Name: access_grant access_grant_pkey; Type: CONSTRAINT; Schema: sharing; Owner: -
--

ALTER TABLE ONLY sharing.access_grant
    ADD CONSTRAINT access_grant_pkey PRIMARY KEY (id);


--
-- Name: route_rule route_rule_pkey; Type: CONSTRAINT; Schema: sharing; Owner: -
--

ALTER TABLE ONLY sharing.route_rule
    ADD CONSTRAINT route_rule_pkey PRIMARY KEY (id, version);


--
-- Name: feed_topic; Type: INDEX; Schema: hub; Owner: -
--

CREATE UNIQUE INDEX feed_topic ON hub.feed USING btree (topic) WHERE (retired_at IS NULL);


--
-- Name: quarantine_open; Type: INDEX; Schema: hub; Owner: -
--

CREATE INDEX quarantine_open ON hub.quarantine USING btree (quarantined_at) WHERE (state = 'OPEN'::text);


--
-- Name: schema_reference_target; Type: INDEX; Schema: hub; Owner: -
--

CREATE INDEX schema_reference_target ON hub.schema_reference USING btree (target);


--
-- Name: dataset dataset_latest_schema_fkey; Type: FK CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.dataset
    ADD CONSTRAINT dataset_latest_schema_fkey FOREIGN KEY (latest_schema) REFERENCES hub.schema(id);


--
-- Name: feed feed_dataset_fkey; Type: FK CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.feed
    ADD CONSTRAINT feed_dataset_fkey FOREIGN KEY (dataset) REFERENCES hub.dataset(name);


--
-- Name: gap gap_feed_fkey; Type: FK CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.gap
    ADD CONSTRAINT gap_feed_fkey FOREIGN KEY (feed) REFERENCES hub.feed(id);


--
-- Name: progress progress_feed_fkey; Type: FK CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.progress
    ADD CONSTRAINT progress_feed_fkey FOREIGN KEY (feed) REFERENCES hub.feed(id);


--
-- Name: quarantine quarantine_feed_fkey; Type: FK CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.quarantine
    ADD CONSTRAINT quarantine_feed_fkey FOREIGN KEY (feed) REFERENCES hub.feed(id);


--
-- Name: reading reading_dataset_fkey; Type: FK CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.reading
    ADD CONSTRAINT reading_dataset_fkey FOREIGN KEY (dataset) REFERENCES hub.dataset(name);


--
-- Name: schema_reference schema_reference_file_fkey; Type: FK CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.schema_reference
    ADD CONSTRAINT schema_reference_file_fkey FOREIGN KEY (file) REFERENCES hub.schema_file(id);


--
-- Name: schema_reference schema_reference_target_fkey; Type: FK CONSTRAINT; Schema: hub; Owner: -
--

ALTER TABLE ONLY hub.schema_reference
    ADD CONSTRAINT schema_reference_target_fkey FOREIGN KEY (target) REFERENCES hub.schema_file(id);


--
-- Name: access_grant access_grant_dataset_fkey; Type: FK CONSTRAINT; Schema: sharing; Owner: -
--

ALTER TABLE ONLY sharing.access_grant
    ADD CONSTRAINT access_grant_dataset_fkey FOREIGN KEY (dataset) REFERENCES hub.dataset(name);


--
-- Name: route_rule route_rule_dataset_fkey; Type: FK CONSTRAINT; Schema: sharing; Owner: -
--

ALTER TABLE ONLY sharing.route_rule
    ADD CONSTRAINT route_rule_dataset_fkey FOREIGN KEY (dataset) REFERENCES hub.dataset(name);


--
-- Name: SCHEMA bi; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA bi TO iochub_reader;


--
-- Name: SCHEMA data; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA data TO iochub_hub;


--
-- Name: SCHEMA history; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA history TO iochub_hub;


--
-- Name: SCHEMA hub; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA hub TO iochub_hub;


--
-- Name: SCHEMA part; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA part TO iochub_hub;


--
-- Name: SCHEMA sharing; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA sharing TO iochub_hub;


--
-- Name: FUNCTION add_partition(parent_schema text, parent_table text, month timestamp with time zone); Type: ACL; Schema: hub; Owner: -
--

REVOKE ALL ON FUNCTION hub.add_partition(parent_schema text, parent_table text, month timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION hub.add_partition(parent_schema text, parent_table text, month timestamp with time zone) TO iochub_hub;


--
-- Name: FUNCTION put_view(view_name text, names text[], expressions text[], comments text[], source text, about text); Type: ACL; Schema: hub; Owner: -
--

REVOKE ALL ON FUNCTION hub.put_view(view_name text, names text[], expressions text[], comments text[], source text, about text) FROM PUBLIC;


--
-- Name: TABLE ngay; Type: ACL; Schema: bi; Owner: -
--

GRANT SELECT ON TABLE bi.ngay TO iochub_reader;


--
-- Name: TABLE dataset; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT ON TABLE hub.dataset TO iochub_hub;


--
-- Name: TABLE feed; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT ON TABLE hub.feed TO iochub_hub;


--
-- Name: TABLE gap; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT,INSERT ON TABLE hub.gap TO iochub_hub;


--
-- Name: TABLE instance; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hub.instance TO iochub_hub;


--
-- Name: TABLE progress; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT,UPDATE ON TABLE hub.progress TO iochub_hub;


--
-- Name: TABLE feed_status; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT ON TABLE hub.feed_status TO iochub_hub;


--
-- Name: TABLE migration; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT ON TABLE hub.migration TO iochub_hub;


--
-- Name: TABLE quarantine; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE hub.quarantine TO iochub_hub;


--
-- Name: TABLE reading; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT ON TABLE hub.reading TO iochub_hub;


--
-- Name: TABLE route_pending; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE hub.route_pending TO iochub_hub;


--
-- Name: TABLE schema; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT ON TABLE hub.schema TO iochub_hub;


--
-- Name: COLUMN schema.published_at; Type: ACL; Schema: hub; Owner: -
--

GRANT UPDATE(published_at) ON TABLE hub.schema TO iochub_hub;


--
-- Name: TABLE schema_file; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT ON TABLE hub.schema_file TO iochub_hub;


--
-- Name: TABLE schema_reference; Type: ACL; Schema: hub; Owner: -
--

GRANT SELECT ON TABLE hub.schema_reference TO iochub_hub;


--
-- Name: TABLE access_grant; Type: ACL; Schema: sharing; Owner: -
--

GRANT SELECT ON TABLE sharing.access_grant TO iochub_hub;


--
-- Name: TABLE route_rule; Type: ACL; Schema: sharing; Owner: -
--

GRANT SELECT ON TABLE sharing.route_rule TO iochub_hub;


--
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: bi; Owner: -
--

ALTER DEFAULT PRIVILEGES FOR ROLE iochub_owner IN SCHEMA bi GRANT SELECT ON TABLES  TO iochub_reader;


--
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: data; Owner: -
--

ALTER DEFAULT PRIVILEGES FOR ROLE iochub_owner IN SCHEMA data GRANT SELECT,INSERT,DELETE,UPDATE ON TABLES  TO iochub_hub;


--
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: history; Owner: -
--

ALTER DEFAULT PRIVILEGES FOR ROLE iochub_owner IN SCHEMA history GRANT SELECT,INSERT ON TABLES  TO iochub_hub;


--
-- PostgreSQL database dump complete
--


INSERT INTO hub.migration (number, name, checksum) VALUES (1, '001_base', '\x43143126010982283b83d1f7972f8c938cfa342da585a7f424ae50bcb9e184a2');
INSERT INTO hub.migration (number, name, checksum) VALUES (2, '002_registry', '\xb266bb933725ea0bde270ec672d19a77f3a4e5f48d392a8248e9ab8e8944cb74');
INSERT INTO hub.migration (number, name, checksum) VALUES (3, '003_bi', '\x1f855b48ccba579bedd028d4de6fe48a37b0a0ff3c2be48de09d47356b652bdc');
-- rights of the database
-- iochub_hub=Tc/iochub_owner
-- iochub_owner=CTc/iochub_owner
-- iochub_reader=c/iochub_owner
