#include "hub/flow/catalog.h"

#include <stdlib.h>

#include "hub/base/arena.h"

struct catalog {
        struct feed **feeds;
        size_t feed_count, feed_capacity;
        const char **topics;
        size_t topic_count;
        struct arena *arena; // grants and rules of the newest refresh
        struct grant *grants;
        size_t grant_count;
        struct rule *rules;
        size_t rule_count;
};

struct catalog *catalog_new(void)
{
        struct catalog *c = calloc(1, sizeof(*c));
        if (c == NULL)
                abort();
        c->arena = arena_new(16 * 1024);
        return c;
}

static void feed_release_providers(struct feed *f)
{
        for (size_t i = 0; i < f->provider_count; i++)
                free(f->providers[i]);
        free(f->providers);
        f->providers = NULL;
        f->provider_count = 0;
}

struct catalog *catalog_free(struct catalog *c)
{
        if (c == NULL)
                return NULL;
        for (size_t i = 0; i < c->feed_count; i++) {
                feed_release_providers(c->feeds[i]);
                free(c->feeds[i]->agency);
                free(c->feeds[i]->dataset);
                free(c->feeds[i]->topic);
                free(c->feeds[i]);
        }
        free(c->feeds);
        free(c->topics);
        arena_free(c->arena);
        free(c);
        return NULL;
}

static void *grow(void *p, size_t count, size_t *capacity, size_t size)
{
        if (count < *capacity)
                return p;
        *capacity = *capacity == 0 ? 16 : 2 * *capacity;
        p = realloc(p, *capacity * size);
        if (p == NULL)
                abort();
        return p;
}

static struct feed *feed_by_id(struct catalog *c, int32_t id)
{
        for (size_t i = 0; i < c->feed_count; i++)
                if (c->feeds[i]->id == id)
                        return c->feeds[i];
        return NULL;
}

static void feed_set_providers(struct feed *f, const char *lines)
{
        feed_release_providers(f);
        size_t capacity = 0;
        for (const char *p = lines; *p != '\0';) {
                size_t n = strcspn(p, "\n");
                f->providers = grow(f->providers, f->provider_count, &capacity, sizeof(char *));
                f->providers[f->provider_count++] = strndup(p, n);
                p += n + (p[n] == '\n');
        }
}

static const char feeds_sql[] =
    "SELECT id, agency, dataset, topic, encode(topic_id, 'hex'), partitions, "
    "array_to_string(providers, E'\\n'), retired_at IS NOT NULL FROM hub.feed ORDER BY id";

static int feeds_refresh(struct catalog *c, struct pg *pg, bool *changed, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *r = NULL;
        if (pg_query_prepared(pg, feeds_sql, 0, NULL, &r, e) < 0)
                return -1;
        for (size_t i = 0; i < pg_rows_count(r); i++) {
                struct feed *f = feed_by_id(c, (int32_t)pg_int(r, i, 0));
                if (f == NULL) {
                        f = calloc(1, sizeof(*f));
                        if (f == NULL)
                                abort();
                        f->id = (int32_t)pg_int(r, i, 0);
                        f->agency = strdup(pg_text(r, i, 1));
                        f->dataset = strdup(pg_text(r, i, 2));
                        f->topic = strdup(pg_text(r, i, 3));
                        if (hex_decode(pg_text(r, i, 4), f->topic_id, TOPIC_ID_SIZE) != 0)
                                return err_set(e, ERR_STATE, "hub.feed %d: topic_id is not 16 bytes", f->id);
                        f->partitions = (int32_t)pg_int(r, i, 5);
                        f->retired = true; // so that the comparison below sees the change
                        c->feeds = grow(c->feeds, c->feed_count, &c->feed_capacity, sizeof(*c->feeds));
                        c->feeds[c->feed_count++] = f;
                }
                feed_set_providers(f, pg_text(r, i, 6));
                if (f->retired != pg_bool(r, i, 7)) {
                        f->retired = !f->retired;
                        *changed = true;
                }
        }
        return 0;
}

static void topics_list(struct catalog *c)
{
        free(c->topics);
        c->topics = calloc(c->feed_count + 1, sizeof(*c->topics));
        if (c->topics == NULL)
                abort();
        c->topic_count = 0;
        for (size_t i = 0; i < c->feed_count; i++)
                if (!c->feeds[i]->retired)
                        c->topics[c->topic_count++] = c->feeds[i]->topic;
}

static const char grants_sql[] =
    "SELECT id, dataset FROM sharing.access_grant WHERE kind = 'DEFAULT' "
    "AND valid_from <= now() AND (valid_to IS NULL OR valid_to > now()) ORDER BY dataset, id";

static const char rules_sql[] =
    "SELECT id, version, dataset, field, value, agency, part, priority FROM (SELECT DISTINCT ON (id) * "
    "FROM sharing.route_rule WHERE valid_from <= now() AND (valid_to IS NULL OR valid_to > now()) "
    "ORDER BY id, version DESC) newest ORDER BY dataset, priority DESC, id";

static char *keep(struct catalog *c, const char *s)
{
        return s == NULL ? NULL : arena_strdup(c->arena, s);
}

static enum routing_part part_of_word(const char *word)
{
        return strcmp(word, "LEAD") == 0      ? PART_LEAD
               : strcmp(word, "SUPPORT") == 0 ? PART_SUPPORT
                                              : PART_INFORM;
}

static int sharing_refresh(struct catalog *c, struct pg *pg, struct err *e)
{
        cleanup(cleanup_pg_rows) struct pg_rows *grants = NULL;
        cleanup(cleanup_pg_rows) struct pg_rows *rules = NULL;
        if (pg_query_prepared(pg, grants_sql, 0, NULL, &grants, e) < 0 ||
            pg_query_prepared(pg, rules_sql, 0, NULL, &rules, e) < 0)
                return -1;
        arena_reset(c->arena, 16 * 1024);
        c->grant_count = pg_rows_count(grants);
        c->grants = arena_zalloc(c->arena, (c->grant_count + 1) * sizeof(*c->grants));
        for (size_t i = 0; i < c->grant_count; i++)
                c->grants[i] = (struct grant){ pg_int(grants, i, 0), keep(c, pg_text(grants, i, 1)) };
        c->rule_count = pg_rows_count(rules);
        c->rules = arena_zalloc(c->arena, (c->rule_count + 1) * sizeof(*c->rules));
        for (size_t i = 0; i < c->rule_count; i++)
                c->rules[i] = (struct rule){
                        .id = pg_int(rules, i, 0),
                        .version = (uint32_t)pg_int(rules, i, 1),
                        .dataset = keep(c, pg_text(rules, i, 2)),
                        .field = keep(c, pg_text(rules, i, 3)),
                        .value = keep(c, pg_text(rules, i, 4)),
                        .agency = keep(c, pg_text(rules, i, 5)),
                        .part = part_of_word(pg_text(rules, i, 6)),
                        .priority = (uint32_t)pg_int(rules, i, 7),
                };
        return 0;
}

int catalog_refresh(struct catalog *c, struct pg *pg, bool *changed, struct err *e)
{
        *changed = false;
        if (feeds_refresh(c, pg, changed, e) < 0 || sharing_refresh(c, pg, e) < 0)
                return -1;
        if (*changed || c->topics == NULL)
                topics_list(c);
        return 0;
}

struct feed *catalog_feed(const struct catalog *c, const char *topic)
{
        for (size_t i = 0; i < c->feed_count; i++)
                if (!c->feeds[i]->retired && strcmp(c->feeds[i]->topic, topic) == 0)
                        return c->feeds[i];
        return NULL;
}

const char *const *catalog_topics(const struct catalog *c, size_t *count)
{
        *count = c->topic_count;
        return c->topics;
}

const struct grant *catalog_default_grant(const struct catalog *c, const char *dataset)
{
        for (size_t i = 0; i < c->grant_count; i++)
                if (strcmp(c->grants[i].dataset, dataset) == 0)
                        return &c->grants[i];
        return NULL;
}

const struct grant *catalog_all_grants(const struct catalog *c, size_t *count)
{
        *count = c->grant_count;
        return c->grants;
}

const struct rule *catalog_all_rules(const struct catalog *c, size_t *count)
{
        *count = c->rule_count;
        return c->rules;
}

const struct rule *catalog_rules(const struct catalog *c, const char *dataset, size_t *count)
{
        size_t from = 0;
        while (from < c->rule_count && strcmp(c->rules[from].dataset, dataset) != 0)
                from++;
        size_t to = from;
        while (to < c->rule_count && strcmp(c->rules[to].dataset, dataset) == 0)
                to++;
        *count = to - from;
        return c->rules + from;
}

bool feed_carries(const struct feed *f, struct slice provider)
{
        if (provider.n == 0 || slice_eq_str(provider, f->agency))
                return true;
        for (size_t i = 0; i < f->provider_count; i++)
                if (slice_eq_str(provider, f->providers[i]))
                        return true;
        return false;
}
