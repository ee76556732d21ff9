-- Everything but the datasets' own tables, which `iochub schema register` makes.
-- Runs as the owner role; iochub_hub is the hub's role, iochub_reader the group of people who may read.

CREATE SCHEMA data;
CREATE SCHEMA history;
CREATE SCHEMA part;
CREATE SCHEMA bi;
CREATE SCHEMA hub;
CREATE SCHEMA sharing;
CREATE SCHEMA cases;
CREATE SCHEMA report;
CREATE SCHEMA audit;

COMMENT ON SCHEMA data IS 'Dữ liệu đã nhận và kiểm tra: mỗi bộ dữ liệu một bảng | Accepted data, one table a dataset';
COMMENT ON SCHEMA history IS 'Mọi phiên bản của các bản ghi cập nhật theo khoá | All versions of UPSERT records';
COMMENT ON SCHEMA part IS 'Phân vùng theo tháng và dấu xoá, không đọc trực tiếp | Monthly partitions and tombstones, not to be read directly';
COMMENT ON SCHEMA bi IS 'Khung nhìn cho người dùng và công cụ báo cáo | Views for people and BI tools';
COMMENT ON SCHEMA hub IS 'Vận hành trục: nguồn cấp, tiến độ, cách ly, cấu trúc | Operation of the hub';
COMMENT ON SCHEMA sharing IS 'Chia sẻ và định tuyến | Sharing and routing';
COMMENT ON SCHEMA cases IS 'Hồ sơ xử lý | Cases';
COMMENT ON SCHEMA report IS 'Báo cáo | Reports';
COMMENT ON SCHEMA audit IS 'Nhật ký quyết định | Decisions on record';

CREATE TABLE hub.migration (
        number     integer PRIMARY KEY CHECK (number > 0),
        name       text NOT NULL,
        checksum   bytea NOT NULL CHECK (length(checksum) = 32),
        applied_at timestamptz NOT NULL DEFAULT now(),
        applied_by text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE hub.migration IS 'Các tệp deploy/sql đã áp dụng | Files of deploy/sql that were applied';
COMMENT ON COLUMN hub.migration.checksum IS 'SHA-256 của tệp | SHA-256 of the file';

-- ---------------------------------------------------------------- structures

CREATE SEQUENCE hub.schema_id AS integer;

CREATE TABLE hub.schema (
        id             integer PRIMARY KEY DEFAULT nextval('hub.schema_id'),
        subject        text NOT NULL,
        version        integer NOT NULL CHECK (version > 0),
        dataset        text,
        message        text NOT NULL,
        descriptor_set bytea NOT NULL,
        fingerprint    bytea NOT NULL CHECK (length(fingerprint) = 32),
        registered_at  timestamptz NOT NULL DEFAULT now(),
        registered_by  text NOT NULL DEFAULT session_user,
        published_at   timestamptz,
        UNIQUE (subject, version),
        UNIQUE (subject, fingerprint)
);
COMMENT ON TABLE hub.schema IS 'Cấu trúc dữ liệu trao đổi đã đăng ký | Registered exchange structures';
COMMENT ON COLUMN hub.schema.dataset IS 'NULL: thông điệp của chính trục | NULL: one of the hub''s own messages';
COMMENT ON COLUMN hub.schema.published_at IS 'Khi đã có trên iochub.schemas | When it stood on iochub.schemas';

CREATE TABLE hub.dataset (
        name              text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' AND length(name) <= 48),
        table_name        text NOT NULL UNIQUE,
        domain            text NOT NULL,
        mode              text NOT NULL CHECK (mode IN ('APPEND', 'UPSERT')),
        time_column       text NOT NULL,
        retention_days    integer NOT NULL CHECK (retention_days >= 0),
        approval_required boolean NOT NULL,
        personal_data     text NOT NULL CHECK (personal_data IN ('NONE', 'BASIC', 'SENSITIVE')),
        title_vi          text NOT NULL,
        title_en          text NOT NULL,
        latest_schema     integer NOT NULL REFERENCES hub.schema (id),
        registered_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE hub.dataset IS 'Bộ dữ liệu | Datasets';

-- ---------------------------------------------------------------- feeds

CREATE TABLE hub.feed (
        id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        agency     text NOT NULL CHECK (agency ~ '^[0-9A-Z]+(\.[0-9A-Z]+)*$' AND length(agency) <= 35),
        dataset    text NOT NULL REFERENCES hub.dataset (name),
        topic      text NOT NULL,
        topic_id   bytea NOT NULL CHECK (length(topic_id) = 16),
        partitions integer NOT NULL CHECK (partitions BETWEEN 1 AND 1024),
        providers  text[] NOT NULL DEFAULT '{}',
        added_at   timestamptz NOT NULL DEFAULT now(),
        added_by   text NOT NULL DEFAULT session_user,
        retired_at timestamptz
);
CREATE UNIQUE INDEX feed_topic ON hub.feed (topic) WHERE retired_at IS NULL;
COMMENT ON TABLE hub.feed IS 'Nguồn cấp: một cơ quan gửi một bộ dữ liệu | Feeds: one agency''s topic for one dataset';
COMMENT ON COLUMN hub.feed.providers IS 'Cơ quan có dữ liệu được gửi thay | Agencies whose data this sender may carry';
COMMENT ON COLUMN hub.feed.topic_id IS 'Mã topic của Kafka khi thêm | Kafka''s topic id at the time of adding';

CREATE TABLE hub.instance (
        id         text PRIMARY KEY,
        host       text NOT NULL,
        pid        integer NOT NULL,
        version    text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        seen_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE hub.instance IS 'Các tiến trình trục đang chạy | Hub processes';

CREATE TABLE hub.progress (
        feed             integer NOT NULL REFERENCES hub.feed (id),
        part             integer NOT NULL,
        owner            text,
        backend_pid      integer,
        epoch            bigint NOT NULL DEFAULT 0,
        next_offset      bigint NOT NULL DEFAULT 0,
        leader_epoch     integer NOT NULL DEFAULT -1,
        session          bigint,
        sequence         bigint NOT NULL DEFAULT 0,
        unreadable       integer NOT NULL DEFAULT 0,
        routed_offset    bigint NOT NULL DEFAULT 0,
        routed_session   bigint,
        routed_sequence  bigint NOT NULL DEFAULT 0,
        routed_unreadable integer NOT NULL DEFAULT 0,
        recheck          boolean NOT NULL DEFAULT false,
        crash_offset     bigint,
        crash_count      integer NOT NULL DEFAULT 0,
        state            text NOT NULL DEFAULT 'NEW' CHECK (state IN ('NEW', 'RUNNING', 'STOPPED')),
        state_reason     text NOT NULL DEFAULT '',
        state_since      timestamptz NOT NULL DEFAULT now(),
        stored           bigint NOT NULL DEFAULT 0,
        flagged          bigint NOT NULL DEFAULT 0,
        rejected         bigint NOT NULL DEFAULT 0,
        repeats          bigint NOT NULL DEFAULT 0,
        controls         bigint NOT NULL DEFAULT 0,
        gaps             bigint NOT NULL DEFAULT 0,
        local_rejects    bigint NOT NULL DEFAULT 0,
        last_event_time  timestamptz,
        last_received_at timestamptz,
        updated_at       timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (feed, part),
        CHECK (routed_offset <= next_offset)
) WITH (fillfactor = 50);
COMMENT ON TABLE hub.progress IS 'Tiến độ đọc từng phân vùng; cùng giao dịch với dữ liệu | Progress of each partition, committed with the rows';
COMMENT ON COLUMN hub.progress.session IS 'Phiên gửi hiện tại (8 byte) | The sender''s current session, 8 bytes as a signed integer';

CREATE TABLE hub.quarantine (
        feed            integer NOT NULL REFERENCES hub.feed (id),
        part            integer NOT NULL,
        "offset"        bigint NOT NULL,
        agency          text NOT NULL,
        dataset         text NOT NULL,
        schema_id       integer,
        message_id      bytea,
        code            text NOT NULL,
        violations      jsonb NOT NULL,
        session         bigint,
        sequence        bigint,
        source          text,
        source_position text,
        record_key      bytea,
        value           bytea NOT NULL,
        received_at     timestamptz NOT NULL,
        quarantined_at  timestamptz NOT NULL DEFAULT now(),
        state           text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'REPLAYED', 'REPEAT', 'DISCARDED')),
        decided_at      timestamptz,
        decided_by      text,
        decided_why     text,
        PRIMARY KEY (feed, part, "offset")
);
CREATE INDEX quarantine_open ON hub.quarantine (quarantined_at) WHERE state = 'OPEN';
COMMENT ON TABLE hub.quarantine IS 'Thông điệp không nhận được, giữ nguyên văn | Messages that were not accepted, with their bytes';

CREATE TABLE hub.gap (
        feed            integer NOT NULL REFERENCES hub.feed (id),
        part            integer NOT NULL,
        "offset"        bigint NOT NULL,
        session         bigint NOT NULL,
        first_missing   bigint NOT NULL,
        last_missing    bigint NOT NULL CHECK (last_missing >= first_missing),
        noticed_at      timestamptz NOT NULL DEFAULT now(),
        acknowledged_at timestamptz,
        acknowledged_by text,
        PRIMARY KEY (feed, part, "offset")
);
COMMENT ON TABLE hub.gap IS 'Số thứ tự bị thiếu trước một thông điệp | Sequence numbers missing before a record';

CREATE TABLE hub.route_pending (
        feed       integer NOT NULL,
        part       integer NOT NULL,
        "offset"   bigint NOT NULL,
        replay     integer NOT NULL CHECK (replay > 0),
        queued_at  timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (feed, part, "offset", replay)
);
COMMENT ON TABLE hub.route_pending IS 'Định tuyến của bản phát lại chưa được xác nhận | Routes of replays not yet acknowledged';

CREATE VIEW hub.feed_status AS
SELECT f.id AS feed, p.part, f.agency, f.dataset, f.topic,
       CASE WHEN p.state = 'STOPPED' THEN 'STOPPED'
            WHEN p.owner IS NULL OR i.seen_at IS NULL OR i.seen_at < now() - interval '15 s' THEN 'UNATTENDED'
            WHEN g.open > 0 THEN 'GAP'
            WHEN p.next_offset = 0 THEN 'NEW'
            ELSE 'RUNNING' END AS state,
       CASE WHEN p.state = 'STOPPED' THEN p.state_reason
            WHEN p.owner IS NULL THEN 'no hub has taken this partition yet'
            WHEN i.seen_at IS NULL OR i.seen_at < now() - interval '15 s'
                 THEN format('hub %s has not been seen since %s', p.owner, coalesce(i.seen_at::text, 'its start'))
            WHEN g.open > 0 THEN format('%s gap(s) in the sequence, see hub.gap', g.open)
            WHEN p.next_offset = 0 THEN 'nothing has been sent yet'
            ELSE '' END AS why,
       CASE WHEN p.state = 'STOPPED' THEN p.state_since
            WHEN p.owner IS NULL THEN f.added_at
            WHEN i.seen_at IS NULL THEN p.updated_at
            WHEN i.seen_at < now() - interval '15 s' THEN i.seen_at
            WHEN g.open > 0 THEN g.since
            ELSE p.state_since END AS since,
       p.owner, p.next_offset, p.stored, p.flagged, p.rejected, p.repeats, p.gaps, p.local_rejects,
       p.last_event_time, p.last_received_at, p.updated_at
FROM hub.feed f
JOIN hub.progress p ON p.feed = f.id
LEFT JOIN hub.instance i ON i.id = p.owner
LEFT JOIN LATERAL (SELECT count(*) AS open, min(noticed_at) AS since FROM hub.gap g
                   WHERE g.feed = p.feed AND g.part = p.part AND g.acknowledged_at IS NULL) g ON true
WHERE f.retired_at IS NULL;
COMMENT ON VIEW hub.feed_status IS 'Trạng thái từng nguồn cấp: một từ, vì sao, từ khi nào | State of each feed partition: one word, why, since when';

-- The hub's only DDL: one month (UTC) of a partitioned table. ATTACH needs no exclusive lock on the parent.
CREATE FUNCTION hub.add_partition(parent_schema text, parent_table text, month timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
REVOKE ALL ON FUNCTION hub.add_partition FROM PUBLIC;

-- ---------------------------------------------------------------- sharing and routing

CREATE TABLE sharing.access_grant (
        id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        dataset    text NOT NULL REFERENCES hub.dataset (name),
        kind       text NOT NULL CHECK (kind IN ('DEFAULT', 'SPECIFIC')),
        grantee    text,
        basis      text NOT NULL CHECK (basis <> ''),
        valid_from timestamptz NOT NULL DEFAULT now(),
        valid_to   timestamptz CHECK (valid_to > valid_from),
        granted_at timestamptz NOT NULL DEFAULT now(),
        granted_by text NOT NULL DEFAULT session_user
);
COMMENT ON TABLE sharing.access_grant IS 'Cho phép chia sẻ | Sharing grants: DEFAULT opens shared.<dataset>';

CREATE TABLE sharing.route_rule (
        id         bigint GENERATED BY DEFAULT AS IDENTITY,
        version    integer NOT NULL DEFAULT 1 CHECK (version > 0),
        dataset    text NOT NULL REFERENCES hub.dataset (name),
        field      text,
        value      text,
        agency     text NOT NULL CHECK (agency ~ '^[0-9A-Z]+(\.[0-9A-Z]+)*$' AND length(agency) <= 35),
        part       text NOT NULL DEFAULT 'LEAD' CHECK (part IN ('LEAD', 'SUPPORT', 'INFORM')),
        priority   integer NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 4),
        basis      text NOT NULL DEFAULT '',
        valid_from timestamptz NOT NULL DEFAULT now(),
        valid_to   timestamptz CHECK (valid_to > valid_from),
        PRIMARY KEY (id, version),
        CHECK ((field IS NULL) = (value IS NULL))
);
COMMENT ON TABLE sharing.route_rule IS 'Quy tắc định tuyến: trường = giá trị thì chuyển cơ quan | Routing rules: field = value goes to agency; without field, every message';

-- ---------------------------------------------------------------- rights

-- The hub folds UPSERT rows in a temporary table of its own connection.
DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO iochub_hub', current_database()); END $$;

GRANT USAGE ON SCHEMA data, history, part, hub, sharing TO iochub_hub;
GRANT SELECT ON ALL TABLES IN SCHEMA hub, sharing TO iochub_hub;
GRANT INSERT, UPDATE ON hub.instance TO iochub_hub;
GRANT DELETE ON hub.instance TO iochub_hub;
GRANT UPDATE ON hub.progress TO iochub_hub;
GRANT UPDATE (published_at) ON hub.schema TO iochub_hub;
GRANT INSERT, UPDATE ON hub.quarantine TO iochub_hub;
GRANT INSERT ON hub.gap TO iochub_hub;
GRANT INSERT, DELETE ON hub.route_pending TO iochub_hub;
GRANT EXECUTE ON FUNCTION hub.add_partition TO iochub_hub;
ALTER DEFAULT PRIVILEGES IN SCHEMA data GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO iochub_hub;
ALTER DEFAULT PRIVILEGES IN SCHEMA history GRANT SELECT, INSERT ON TABLES TO iochub_hub;
GRANT USAGE ON SCHEMA bi TO iochub_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA bi GRANT SELECT ON TABLES TO iochub_reader;
