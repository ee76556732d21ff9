#include "connectors/sdk/config.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

#define KINDS_MAX 32

static const char *const formats[] = { "logfmt", "json", NULL };
static const char *const levels[] = { "debug", "info", "warn", "error", NULL };

static const struct conf_option log_options[] = {
        { .name = "format",
          .type = CONF_ENUM,
          .offset = offsetof(struct config, log.format) - offsetof(struct config, log),
          .fallback = "logfmt",
          .words = formats,
          .sentence = "Form of log lines on standard error." },
        { .name = "level",
          .type = CONF_ENUM,
          .offset = offsetof(struct config, log.level) - offsetof(struct config, log),
          .fallback = "info",
          .words = levels,
          .sentence = "Least level that is logged." },
        { .name = NULL },
};

#define LIMIT(label, kind, field, standard, least, most, words)                                              \
        {                                                                                                    \
                .name = label, .type = kind, .offset = offsetof(struct limits_conf, field),                  \
                .fallback = standard, .min = least, .max = most, .sentence = words                           \
        }

static const struct conf_option limits_options[] = {
        LIMIT("in_flight", CONF_INT, in_flight, "50000", 1, 90000,
              "Records of the process that may wait for the broker's word; more are not read."),
        LIMIT("checkpoint_records", CONF_INT, checkpoint_records, "10000", 1, 1000000,
              "Records of a feed between two checkpoints."),
        LIMIT("checkpoint_every", CONF_DURATION, checkpoint_every, "5s", 10000, 3600 * USEC_PER_SEC,
              "Time between two checkpoints of a feed that is reading."),
        LIMIT("checkpoint_idle", CONF_DURATION, checkpoint_idle, "1h", 10000, 86400 * USEC_PER_SEC,
              "Time between two checkpoints of a feed that has nothing new."),
        LIMIT("heartbeat", CONF_DURATION, heartbeat, "1min", 10000, 86400 * USEC_PER_SEC,
              "Time between two heartbeats of a feed that has nothing new."),
        LIMIT("flush", CONF_DURATION, flush, "8s", 10000, 3600 * USEC_PER_SEC,
              "Time that a stop may take to deliver what was read."),
        { .name = NULL },
};

static const struct conf_option feed_options[] = {
        { .name = "dataset",
          .type = CONF_STRING,
          .offset = offsetof(struct feed_conf, dataset),
          .required = true,
          .sentence = "Registered dataset that the rows become; the topic is in.<agency>.<dataset>." },
        { .name = "source",
          .type = CONF_NODE,
          .offset = offsetof(struct feed_conf, source_node),
          .required = true,
          .sentence = "Where rows come from; its options depend on `kind`." },
        { .name = "map",
          .type = CONF_NODE,
          .offset = offsetof(struct feed_conf, map_node),
          .required = true,
          .sentence = "Field path (`toa_do.vi_do`) to a column's name or a map of options." },
        { .name = NULL },
};

const struct conf_option config_options[] = {
        { .name = "agency",
          .type = CONF_STRING,
          .offset = offsetof(struct config, agency),
          .required = true,
          .sentence = "Code of the sending agency, such as H10.01." },
        { .name = "kafka",
          .type = CONF_PAIRS,
          .offset = offsetof(struct config, kafka),
          .required = true,
          .sentence = "librdkafka properties, passed through; bootstrap.servers is needed." },
        { .name = "reject_dir",
          .type = CONF_STRING,
          .offset = offsetof(struct config, reject_dir),
          .fallback = "rejects",
          .sentence = "Folder of the reject files, relative to the configuration file." },
        { .name = "log",
          .type = CONF_SECTION,
          .offset = offsetof(struct config, log),
          .section = log_options,
          .sentence = "Logs." },
        { .name = "limits",
          .type = CONF_SECTION,
          .offset = offsetof(struct config, limits),
          .section = limits_options,
          .sentence = "Bounds and times; the defaults suit most agencies." },
        { .name = "feeds",
          .type = CONF_MANY,
          .offset = offsetof(struct config, feed_array),
          .required = true,
          .section = feed_options,
          .size = sizeof(struct feed_conf),
          .sentence = "What is read and sent." },
        { .name = NULL },
};

static const struct source_kind *find_kind(const struct source_kind *const *kinds, const struct yaml_node *at,
                                           struct conf_errors *errors)
{
        const char *names[KINDS_MAX];
        size_t count = 0;
        for (; kinds[count] && count < KINDS_MAX; count++) {
                if (strcmp(kinds[count]->name, at->text) == 0)
                        return kinds[count];
                names[count] = kinds[count]->name;
        }
        const char *nearest = text_nearest(at->text, names, count);
        conf_error(errors, at, "there is no kind `%s`%s%s%s", at->text, nearest ? "; did you mean `" : "",
                   nearest ? nearest : "", nearest ? "`?" : "");
        return NULL;
}

static void read_source(struct feed_conf *f, const struct source_kind *const *kinds,
                        struct conf_errors *errors)
{
        const struct yaml_node *node = f->source_node;
        if (node == NULL)
                return;
        if (node->kind != YAML_MAP) {
                conf_error(errors, node, "source needs options: kind and what the kind asks for");
                return;
        }
        const struct yaml_node *kind = yaml_get(node, "kind");
        if (kind == NULL || kind->kind != YAML_SCALAR) {
                conf_error(errors, kind ? kind : node, "source needs a kind");
                return;
        }
        f->kind = find_kind(kinds, kind, errors);
        if (f->kind == NULL)
                return;
        f->source = calloc(1, f->kind->conf_size);
        if (f->source == NULL)
                abort();
        size_t before = errors->count;
        conf_read(f->kind->options, node, f->source, errors);
        const struct source_common *common = f->source;
        if (common->name && (common->name[0] == '\0' || strlen(common->name) > 100))
                conf_error(errors, yaml_get(node, "name"), "name has 1 to 100 bytes");
        if (errors->count == before)
                f->kind->check(f->source, node, errors);
}

static void check_dataset(struct config *c, size_t i, struct conf_errors *errors)
{
        struct feed_conf *f = &c->feeds[i];
        const struct yaml_node *at = yaml_get(f->at, "dataset");
        if (f->dataset == NULL)
                return;
        if (!text_is_dataset(slice_str(f->dataset))) {
                conf_error(errors, at,
                           "`%s` is no dataset name: a lower-case letter, then letters, digits and single "
                           "hyphens, at most 48",
                           f->dataset);
                return;
        }
        if (c->agency && topic_in(f->topic, c->agency, f->dataset) != 0)
                conf_error(errors, at, "the topic's name would be longer than %d", TOPIC_MAX);
        for (size_t k = 0; k < i; k++) {
                if (c->feeds[k].dataset && strcmp(c->feeds[k].dataset, f->dataset) == 0)
                        conf_error(errors, at,
                                   "dataset %s has a feed already (line %u); one feed may read many files",
                                   f->dataset, c->feeds[k].at->line);
        }
}

static void check_top(const struct config *c, const struct yaml_node *root, struct conf_errors *errors)
{
        if (c->agency && !text_is_agency(slice_str(c->agency)))
                conf_error(errors, yaml_get(root, "agency"),
                           "`%s` is no agency code: groups of 0-9 A-Z joined by dots, at most 35 characters",
                           c->agency);
        bool servers = false;
        for (size_t i = 0; i < c->kafka.count; i++)
                servers |= strcmp(c->kafka.names[i], "bootstrap.servers") == 0;
        const struct yaml_node *kafka = yaml_get(root, "kafka");
        if (!servers && kafka)
                conf_error(errors, kafka, "kafka needs bootstrap.servers: host:port");
}

static char *join(const char *folder, const char *path)
{
        char *out = NULL;
        int n = path[0] == '/' ? asprintf(&out, "%s", path) : asprintf(&out, "%s/%s", folder, path);
        if (n < 0)
                abort();
        return out;
}

static char *folder_of(const char *path)
{
        const char *slash = strrchr(path, '/');
        char *out = slash == NULL   ? strdup(".")
                    : slash == path ? strdup("/")
                                    : strndup(path, (size_t)(slash - path));
        if (out == NULL)
                abort();
        return out;
}

struct config *config_load(const char *path, const struct source_kind *const *kinds,
                           struct conf_errors *errors)
{
        struct err e;
        struct yaml *yaml = yaml_load_file(path, &e);
        if (yaml == NULL) {
                errors->count++;
                buf_printf(&errors->text, "%s\n", e.text);
                return NULL;
        }
        struct config *c = calloc(1, sizeof(*c));
        if (c == NULL)
                abort();
        const struct yaml_node *root = yaml_root(yaml);
        c->yaml = yaml;
        c->zones = zones_new();
        c->folder = folder_of(path);
        conf_read(config_options, root, c, errors);
        c->feeds = c->feed_array.items;
        c->feed_count = c->feed_array.count;
        c->reject_path = join(c->folder, c->reject_dir ? c->reject_dir : ".");
        c->bus = (struct bus_conf){ .kafka = c->kafka, .client_id = "iochub-connector" };
        if (root->kind != YAML_MAP)
                return c;
        check_top(c, root, errors);
        const struct yaml_node *list = yaml_get(root, "feeds");
        if (list && c->feed_count == 0)
                conf_error(errors, list, "feeds is empty");
        for (size_t i = 0; i < c->feed_count; i++) {
                struct feed_conf *f = &c->feeds[i];
                f->at = list && list->kind == YAML_LIST && i < list->count ? list->items[i] : root;
                check_dataset(c, i, errors);
                read_source(f, kinds, errors);
                if (f->map_node)
                        f->mapping = mapping_read(f->map_node, c->zones, errors);
        }
        return c;
}

struct config *config_free(struct config *c)
{
        if (c == NULL)
                return NULL;
        for (size_t i = 0; i < c->feed_count; i++) {
                struct feed_conf *f = &c->feeds[i];
                mapping_free(f->mapping);
                if (f->kind && f->source)
                        conf_release(f->kind->options, f->source);
                free(f->source);
        }
        conf_release(config_options, c);
        zones_free(c->zones);
        yaml_free(c->yaml);
        free(c->folder);
        free(c->reject_path);
        free(c);
        return NULL;
}

const struct feed_conf *config_feed(const struct config *c, const char *dataset)
{
        for (size_t i = 0; i < c->feed_count; i++) {
                if (strcmp(c->feeds[i].dataset, dataset) == 0)
                        return &c->feeds[i];
        }
        return NULL;
}

static const char manual_rejects[] =
    "\n### Reject files\n\n"
    "A row that cannot be converted is not sent. It is written to `<reject_dir>/<dataset>.rejects.csv` "
    "(UTF-8 with "
    "byte-order mark), one line a row:\n\n"
    "| column | meaning |\n|---|---|\n"
    "| `time` | when it was read, UTC |\n"
    "| `file`, `line` | where the row begins |\n"
    "| `column`, `value` | what cannot be converted; the value is cut at 200 bytes; no column: the whole row "
    "|\n"
    "| `reason_vi`, `reason_en` | why |\n"
    "| `position` | the row's position as a message would carry it: file, byte offset, digest |\n\n"
    "Checkpoints count these rows. When reading starts again the file is cut to the newest checkpoint's "
    "length, so that no "
    "row is in it twice; a file that somebody emptied or moved goes on as it is.\n";

void config_manual(const struct source_kind *const *kinds, struct buf *out)
{
        buf_add_str(out, "## iochub-connector\n\n");
        conf_manual(config_options, "", out);
        for (; *kinds; kinds++) {
                buf_printf(out, "\n### feeds[].source of kind `%s`\n\n%s\n\n", (*kinds)->name,
                           (*kinds)->sentence);
                conf_manual((*kinds)->options, "source.", out);
        }
        buf_add_str(out, "\n### feeds[].map\n\nEach key is a field's path. Its value is a column's name, or "
                         "a map of these options.\n\n");
        conf_manual(mapping_options, "map.<field>.", out);
        buf_add_str(out, manual_rejects);
}
