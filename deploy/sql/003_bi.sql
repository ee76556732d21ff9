-- Views for people and tools: readings of enum values, the date dimension, and the function that makes views.
-- The views themselves are made by `iochub schema register`; those of datasets that were registered before are made by
-- `iochub db migrate` once all files are applied.

ALTER TABLE hub.dataset ADD COLUMN recipe integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN hub.dataset.recipe IS 'Cách làm bảng và khung nhìn đã dùng | Which recipe of tables and views the dataset''s objects follow';

CREATE TABLE hub.reading (
        dataset     text NOT NULL REFERENCES hub.dataset (name),
        column_name text NOT NULL,
        value       text NOT NULL,
        vi          text NOT NULL,
        en          text NOT NULL,
        PRIMARY KEY (dataset, column_name, value)
);
COMMENT ON TABLE hub.reading IS 'Tên gọi của các giá trị liệt kê | What the values of enumerations are called';
COMMENT ON COLUMN hub.reading.column_name IS 'Cột, hoặc đường dẫn trong cột jsonb | Column, or the path inside of a jsonb column';
GRANT SELECT ON hub.reading TO iochub_hub;

-- ---------------------------------------------------------------- dates

CREATE TABLE report.holiday (
        day     date PRIMARY KEY,
        name_vi text NOT NULL CHECK (name_vi <> ''),
        name_en text NOT NULL DEFAULT '',
        basis   text NOT NULL DEFAULT ''
);
COMMENT ON TABLE report.holiday IS 'Ngày nghỉ lễ, nhập theo thông báo từng năm | Public holidays, entered as they are announced each year';
COMMENT ON COLUMN report.holiday.basis IS 'Văn bản | The document behind it';

CREATE TABLE report.calendar_day (
        day        date PRIMARY KEY,
        weekday    smallint NOT NULL,
        weekday_vi text NOT NULL,
        weekday_en text NOT NULL,
        weekend    boolean NOT NULL,
        iso_week   smallint NOT NULL,
        iso_year   smallint NOT NULL,
        month      smallint NOT NULL,
        quarter    smallint NOT NULL,
        half_year  smallint NOT NULL,
        year       smallint NOT NULL,
        month_start date NOT NULL
);
COMMENT ON TABLE report.calendar_day IS 'Lịch, mỗi ngày một dòng, 2000 đến 2050 | The calendar, a row a day, 2000 to 2050';

INSERT INTO report.calendar_day
SELECT d::date, extract(isodow FROM d),
       (ARRAY['Thứ hai', 'Thứ ba', 'Thứ tư', 'Thứ năm', 'Thứ sáu', 'Thứ bảy', 'Chủ nhật'])[extract(isodow FROM d)::int],
       (ARRAY['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])[extract(isodow FROM d)::int],
       extract(isodow FROM d) >= 6, extract(week FROM d), extract(isoyear FROM d), extract(month FROM d), extract(quarter FROM d),
       CASE WHEN extract(month FROM d) <= 6 THEN 1 ELSE 2 END, extract(year FROM d), date_trunc('month', d)::date
FROM generate_series(timestamp '2000-01-01', timestamp '2050-12-31', interval '1 day') AS d;

CREATE VIEW bi.ngay AS
SELECT c.day AS ngay, c.weekday AS thu, c.weekday_vi AS ten_thu, c.weekday_en AS ten_thu_tieng_anh, c.iso_week AS tuan,
       c.iso_year AS nam_cua_tuan, c.month AS thang, c.month_start AS ngay_dau_thang, c.quarter AS quy, c.half_year AS nua_nam,
       c.year AS nam, c.weekend AS cuoi_tuan, h.name_vi AS ngay_le, h.name_en AS ngay_le_tieng_anh
FROM report.calendar_day c
LEFT JOIN report.holiday h ON h.day = c.day;
COMMENT ON VIEW bi.ngay IS 'Lịch: mỗi ngày một dòng, nối với các cột _ngay';
COMMENT ON COLUMN bi.ngay.ngay IS 'Ngày';
COMMENT ON COLUMN bi.ngay.thu IS 'Thứ trong tuần: 1 là thứ hai, 7 là chủ nhật';
COMMENT ON COLUMN bi.ngay.ten_thu IS 'Tên thứ';
COMMENT ON COLUMN bi.ngay.ten_thu_tieng_anh IS 'Tên thứ bằng tiếng Anh';
COMMENT ON COLUMN bi.ngay.tuan IS 'Tuần theo ISO 8601';
COMMENT ON COLUMN bi.ngay.nam_cua_tuan IS 'Năm mà tuần đó thuộc về, theo ISO 8601';
COMMENT ON COLUMN bi.ngay.thang IS 'Tháng, 1 đến 12';
COMMENT ON COLUMN bi.ngay.ngay_dau_thang IS 'Ngày đầu tháng';
COMMENT ON COLUMN bi.ngay.quy IS 'Quý, 1 đến 4';
COMMENT ON COLUMN bi.ngay.nua_nam IS 'Nửa năm: 1 hoặc 2';
COMMENT ON COLUMN bi.ngay.nam IS 'Năm';
COMMENT ON COLUMN bi.ngay.cuoi_tuan IS 'Thứ bảy hoặc chủ nhật';
COMMENT ON COLUMN bi.ngay.ngay_le IS 'Ngày nghỉ lễ; trống là ngày thường';
COMMENT ON COLUMN bi.ngay.ngay_le_tieng_anh IS 'Ngày nghỉ lễ bằng tiếng Anh';

-- ---------------------------------------------------------------- views of datasets

-- Makes or changes bi.<view_name>. Where the view is there and loses no column, it is replaced in place: its columns keep
-- their order, new ones stand behind them, and rights and other people's views on it stay. Else it is made again, with the
-- rights that it had.
CREATE FUNCTION hub.put_view(view_name text, names text[], expressions text[], comments text[], source text, about text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
REVOKE ALL ON FUNCTION hub.put_view FROM PUBLIC;
