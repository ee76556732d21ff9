// `iochub feed`: a feed is one agency's topic for one dataset. Its topics come first, then its row and its
// progress rows in one statement, so a hub never sees half a feed; a second run finds everything there.
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/digest.h"
#include "hub/base/json.h"
#include "hub/base/text.h"
#include "hub/bus/admin.h"
#include "hub/cli/names.h"
#include "hub/cli/out.h"
#include "hub/flow/topics.h"

#define ASK_MS 10000

struct add_options {
        int64_t partitions;
        struct texts providers;
};

struct add {
        struct cli *c;
        const struct add_options *options;
        const char *agency, *dataset;
        char topic[TOPIC_MAX + 1];
        struct topic_info info;
        int64_t *first, *next;
        int64_t records;      // that the topic held before
        bool topic_was_there; // before this run
        char feed[24];
        bool added;
};

static int check_names(const struct add *a)
{
        if (!text_is_agency(slice_str(a->agency)))
                return cli_refuse(EXIT_BAD_USE,
                                  "`%s` is no agency code: groups of 0-9 A-Z joined by dots, such as H10.01",
                                  a->agency);
        if (!text_is_dataset(slice_str(a->dataset)))
                return cli_refuse(EXIT_BAD_USE,
                                  "`%s` is no dataset name: lower case, digits and hyphens, such as phan-anh",
                                  a->dataset);
        for (size_t i = 0; i < a->options->providers.count; i++)
                if (!text_is_agency(slice_str(a->options->providers.items[i])))
                        return cli_refuse(EXIT_BAD_USE, "--provider `%s` is no agency code",
                                          a->options->providers.items[i]);
        return EXIT_DONE;
}

// Agency codes need no quoting inside an array.
static void provider_array(const struct add *a, struct buf *out)
{
        buf_add_char(out, '{');
        for (size_t i = 0; i < a->options->providers.count; i++)
                buf_printf(out, "%s%s", i ? "," : "", a->options->providers.items[i]);
        buf_add_char(out, '}');
}

static int make_topics(struct add *a)
{
        struct bus_conf bus = cli_bus(a->c);
        const char *topic = a->topic;
        struct err e;
        struct admin *admin = admin_open(&bus, &e);
        int32_t wanted = a->options->partitions < 0 ? 1 : (int32_t)a->options->partitions;
        int made = -1, rc = -1;

        if (!admin)
                return cli_fail(&e);
        if (topics_ensure_own(admin, &e) == 0 && topics_ensure_dataset(admin, a->dataset, &e) == 0)
                made = topics_ensure_feed(admin, a->agency, a->dataset, wanted, a->topic, &e);
        if (made >= 0)
                rc = admin_describe(admin, &topic, 1, ASK_MS, &a->info, &e);
        if (rc == 0 && a->info.exists) {
                a->first = calloc((size_t)a->info.partitions, sizeof(*a->first));
                a->next = calloc((size_t)a->info.partitions, sizeof(*a->next));
                if (!a->first || !a->next)
                        abort();
                rc = admin_ranges(admin, topic, a->info.partitions, ASK_MS, a->first, a->next, &e);
        }
        admin_close(admin);
        a->topic_was_there = made == 1;
        if (rc == 0 && !a->info.exists)
                return cli_refuse(
                    EXIT_AWAY, "%s was made but the broker does not show it yet; run this again", a->topic);
        for (int32_t p = 0; rc == 0 && p < a->info.partitions; p++)
                a->records += a->next[p] - a->first[p];
        return rc == 0 ? EXIT_DONE : cli_fail(&e);
}

// A feed that is there already: the same is fine, something else is said.
static int compare_feed(struct add *a, struct pg *pg)
{
        static const char sql[] =
            "SELECT id, partitions, providers @> $2::text[] AND providers <@ $2::text[], "
            "encode(topic_id, 'hex'), array_to_string(providers, ' ') "
            "FROM hub.feed WHERE topic = $1 AND retired_at IS NULL";
        struct buf providers = { 0 };
        char id[2 * TOPIC_ID_SIZE + 1];
        struct pg_rows *rows cleanup(cleanup_pg_rows) = NULL;
        struct err e;
        int rc;

        provider_array(a, &providers);
        const char *params[] = { a->topic, buf_cstr(&providers) };
        rc = pg_query(pg, sql, 2, params, &rows, &e);
        buf_done(&providers);
        if (rc < 0)
                return cli_fail(&e);
        if (pg_rows_count(rows) == 0)
                return cli_refuse(EXIT_ABSENT, "the feed was taken away meanwhile; run this again");
        snprintf(a->feed, sizeof(a->feed), "%s", pg_text(rows, 0, 0));
        hex_encode(a->info.id, TOPIC_ID_SIZE, id);
        if (strcmp(id, pg_text(rows, 0, 3)) != 0)
                return cli_refuse(
                    EXIT_ABSENT,
                    "feed %s is there, but topic %s was deleted and made again since; its place in the "
                    "old log means nothing in the new one",
                    a->feed, a->topic);
        if (pg_int(rows, 0, 1) != a->info.partitions)
                return cli_refuse(EXIT_ABSENT,
                                  "feed %s is there with %lld partition(s), but its topic has %d", a->feed,
                                  (long long)pg_int(rows, 0, 1), a->info.partitions);
        if (a->options->providers.count && !pg_bool(rows, 0, 2))
                return cli_refuse(EXIT_ABSENT, "feed %s is there and carries data of: %s", a->feed,
                                  *pg_text(rows, 0, 4) ? pg_text(rows, 0, 4) : "nobody else");
        return EXIT_DONE;
}

// Feed and progress in one statement. A log whose first records have expired is read from what is left.
static int insert_feed(struct add *a, struct pg *pg)
{
        static const char sql[] =
            "WITH f AS (INSERT INTO hub.feed (agency, dataset, topic, topic_id, partitions, providers) "
            "SELECT $1, $2, $3, decode($4, 'hex'), $5::int, $6::text[] "
            // An identity that is not needed is not used up.
            "WHERE NOT EXISTS (SELECT FROM hub.feed WHERE topic = $3 AND retired_at IS NULL) "
            "ON CONFLICT (topic) WHERE retired_at IS NULL DO NOTHING RETURNING id), "
            "p AS (INSERT INTO hub.progress (feed, part, next_offset, routed_offset) "
            "SELECT f.id, s.n - 1, s.start, s.start FROM f, unnest($7::bigint[]) WITH ORDINALITY AS s "
            "(start, n)) "
            "SELECT id FROM f";
        char id[2 * TOPIC_ID_SIZE + 1], partitions[16];
        struct buf providers = { 0 }, starts = { 0 };
        struct pg_rows *rows cleanup(cleanup_pg_rows) = NULL;
        struct err e;
        int rc;

        hex_encode(a->info.id, TOPIC_ID_SIZE, id);
        snprintf(partitions, sizeof(partitions), "%d", a->info.partitions);
        provider_array(a, &providers);
        for (int32_t p = 0; p < a->info.partitions; p++)
                buf_printf(&starts, "%c%lld", p ? ',' : '{', (long long)a->first[p]);
        buf_add_char(&starts, '}');
        const char *params[] = { a->agency,  a->dataset,           a->topic,         id,
                                 partitions, buf_cstr(&providers), buf_cstr(&starts) };
        rc = pg_query(pg, sql, 7, params, &rows, &e);
        buf_done(&providers);
        buf_done(&starts);
        if (rc < 0)
                return cli_fail(&e);
        a->added = pg_rows_count(rows) == 1;
        if (!a->added)
                return compare_feed(a, pg);
        snprintf(a->feed, sizeof(a->feed), "%s", pg_text(rows, 0, 0));
        return EXIT_DONE;
}

static void add_json(const struct add *a)
{
        struct json j;
        int64_t id = 0;

        (void)!text_int64(slice_str(a->feed), &id);
        json_init(&j, &a->c->out, true);
        json_object(&j);
        json_key(&j, "feed");
        json_int(&j, id);
        json_key(&j, "agency");
        json_str(&j, a->agency);
        json_key(&j, "dataset");
        json_str(&j, a->dataset);
        json_key(&j, "topic");
        json_str(&j, a->topic);
        json_key(&j, "partitions");
        json_int(&j, a->info.partitions);
        json_key(&j, "added");
        json_bool(&j, a->added);
        json_key(&j, "topic_was_there");
        json_bool(&j, a->topic_was_there);
        json_key(&j, "records_before");
        json_int(&j, a->added ? a->records : 0);
        json_end_object(&j);
        buf_add_char(&a->c->out, '\n');
}

static void add_human(const struct add *a)
{
        bool vi = a->c->global.lang == LANG_VI;
        struct buf *out = &a->c->out;

        if (!a->added) {
                buf_printf(out, vi ? "Nguồn cấp %s đã có: %s\n" : "Feed %s is there already: %s\n", a->feed,
                           a->topic);
                return;
        }
        buf_printf(out, vi ? "Nguồn cấp %s: %s, %d phân vùng\n" : "Feed %s: %s, %d partition(s)\n", a->feed,
                   a->topic, a->info.partitions);
        if (a->records)
                buf_printf(out,
                           vi ? "Topic đã có từ trước với %lld bản ghi: trục sẽ đọc từ bản ghi đầu\n"
                              : "The topic was there before with %lld record(s): the hub reads them from the "
                                "first on\n",
                           (long long)a->records);
}

// Said before topics are made.
static int check_rights(struct pg *pg)
{
        static const char sql[] = "SELECT has_table_privilege('hub.feed', 'INSERT') AND "
                                  "has_table_privilege('hub.progress', 'INSERT'), current_user";
        struct pg_rows *rows cleanup(cleanup_pg_rows) = NULL;
        struct err e;

        if (pg_query(pg, sql, 0, NULL, &rows, &e) < 0)
                return cli_fail(&e);
        if (pg_bool(rows, 0, 0))
                return EXIT_DONE;
        return cli_refuse(
            EXIT_DENIED,
            "role %s may not add feeds; use the owner's (database.conninfo of the configuration)",
            pg_text(rows, 0, 1));
}

static int cmd_feed_add(struct cli *c)
{
        struct add a = { .c = c, .options = c->options, .agency = c->args[0], .dataset = c->args[1] };
        struct pg *pg = NULL;
        int code = check_names(&a);

        if (code == EXIT_DONE && topic_in(a.topic, a.agency, a.dataset) != 0)
                code = cli_refuse(EXIT_BAD_USE, "the topic's name would be longer than Kafka takes");
        if (code == EXIT_DONE)
                code = cli_database(c, &pg);
        if (code == EXIT_DONE)
                code = check_rights(pg);
        if (code == EXIT_DONE)
                code = names_dataset(pg, a.dataset);
        if (code == EXIT_DONE)
                code = make_topics(&a);
        if (code == EXIT_DONE && a.options->partitions >= 0 && a.info.partitions != a.options->partitions)
                code = cli_refuse(EXIT_ABSENT, "topic %s is there with %d partition(s), not %lld", a.topic,
                                  a.info.partitions, (long long)a.options->partitions);
        if (code == EXIT_DONE)
                code = insert_feed(&a, pg);
        if (code == EXIT_DONE)
                c->global.json ? add_json(&a) : add_human(&a);
        pg_close(pg);
        free(a.first);
        free(a.next);
        return code;
}

static const struct column feed_columns[] = {
        { "feed", { "Số", "Feed" }, CELL_INT, 0 },
        { "agency", { "Cơ quan", "Agency" }, CELL_TEXT, 0 },
        { "dataset", { "Bộ dữ liệu", "Dataset" }, CELL_TEXT, 0 },
        { "topic", { "Topic", "Topic" }, CELL_TEXT, 0 },
        { "partitions", { "Phân vùng", "Partitions" }, CELL_INT, 0 },
        { "providers", { "Gửi thay", "Providers" }, CELL_TEXT, COLUMN_FOR_PEOPLE },
        { "providers", { "Gửi thay", "Providers" }, CELL_JSON, COLUMN_FOR_JSON },
        { "added_at", { "Thêm lúc", "Added" }, CELL_TIME, 0 },
        { "added_by", { "Người thêm", "By" }, CELL_TEXT, 0 },
        { 0 },
};

static int cmd_feed_list(struct cli *c)
{
        static const char sql[] =
            "SELECT id, agency, dataset, topic, partitions, array_to_string(providers, ' '), "
            "to_jsonb(providers), added_at, added_by "
            "FROM hub.feed WHERE retired_at IS NULL ORDER BY agency, dataset, id";

        return rows_command(c, sql, "feeds", feed_columns,
                            (struct words){ "Chưa có nguồn cấp nào; `iochub feed add` thêm một",
                                            "No feeds yet; `iochub feed add` adds one" });
}

static const struct option add_options[] = {
        { .name = "partitions",
          .kind = OPTION_INT,
          .offset = offsetof(struct add_options, partitions),
          .value = "N",
          .fallback = "-1",
          .min = 1,
          .max = 1024,
          .sentence = { "Số phân vùng (1); không đổi được về sau",
                        "Number of partitions (1); it never changes" } },
        { .name = "provider",
          .kind = OPTION_MANY,
          .offset = offsetof(struct add_options, providers),
          .value = "CODE",
          .sentence = { "Cơ quan mà nguồn này được gửi thay; có thể lặp lại",
                        "Agency whose data this sender may carry; may be given again" } },
        { 0 },
};

static const struct example add_examples[] = {
        { "iochub feed add H10.01 phan-anh", { "một nguồn cấp một phân vùng", "a feed of one partition" } },
        { "iochub feed add H10.02 chat-luong-khong-khi --partitions 4 --provider H10.02.01 --provider "
          "H10.02.02",
          { "bốn phân vùng, gửi thay hai đơn vị trực thuộc", "four partitions, carrying two units' data" } },
        { 0 },
};

static const struct example list_examples[] = {
        { "iochub feed list", { "các nguồn cấp", "the feeds" } },
        { "iochub feed list --json", { "cho chương trình khác", "for another program" } },
        { 0 },
};

const struct command feed_commands[] = {
        { .name = "feed add",
          .arguments = "AGENCY DATASET",
          .min_args = 2,
          .max_args = 2,
          .sentence = { "Mở nguồn cấp: topic, dòng tiến độ", "Open a feed: its topics and progress rows" },
          .notes = { "Tạo in.<cơ quan>.<bộ dữ liệu>, out.<cơ quan>, rejected.<cơ quan>. Chạy lại thì báo đã "
                     "có.",
                     "Makes in.<agency>.<dataset>, out.<agency>, rejected.<agency>. Run again, it says that "
                     "it is there." },
          .options = add_options,
          .options_size = sizeof(struct add_options),
          .configured = true,
          .run = cmd_feed_add,
          .examples = add_examples },
        { .name = "feed list",
          .arguments = "",
          .sentence = { "Các nguồn cấp", "The feeds" },
          .configured = true,
          .run = cmd_feed_list,
          .examples = list_examples },
        { 0 },
};
