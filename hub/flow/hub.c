#include "hub/flow/hub.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/log.h"
#include "hub/base/map.h"
#include "hub/base/stop.h"
#include "hub/base/web.h"
#include "hub/flow/registry_http.h"
#include "hub/flow/worker.h"

#define WORKERS_MAX 64

static const char *const log_formats[] = { "logfmt", "json", NULL };
static const char *const log_levels[] = { "debug", "info", "warn", "error", NULL };

static const struct conf_option database_options[] = {
        { .name = "conninfo",
          .type = CONF_STRING,
          .offset = offsetof(struct hub_conf, database.conninfo),
          .required = true,
          .sentence = "libpq connection string of the hub's role" },
        { .name = NULL },
};

static const struct conf_option service_options[] = {
        { .name = "instance",
          .type = CONF_STRING,
          .offset = offsetof(struct hub_conf, hub.instance),
          .fallback = "hub-1",
          .sentence = "name of this process among the hubs; each needs its own, the same after a restart" },
        { .name = "group",
          .type = CONF_STRING,
          .offset = offsetof(struct hub_conf, hub.group),
          .fallback = "iochub-hub",
          .sentence = "Kafka consumer group by which hubs share partitions" },
        { .name = "workers",
          .type = CONF_INT,
          .offset = offsetof(struct hub_conf, hub.workers),
          .fallback = "1",
          .min = 1,
          .max = WORKERS_MAX,
          .sentence = "threads, each with its own consumer and database connection; one a core to spare" },
        { .name = "batch_records",
          .type = CONF_INT,
          .offset = offsetof(struct hub_conf, hub.batch_records),
          .fallback = "10000",
          .min = 1,
          .max = 100000,
          .sentence = "most records in one transaction" },
        { .name = NULL },
};

static const struct conf_option registry_options[] = {
        { .name = "listen",
          .type = CONF_STRING,
          .offset = offsetof(struct hub_conf, registry.listen),
          .fallback = "127.0.0.1:8081",
          .sentence =
              "numeric address and port of the registry's HTTP interface, without TLS or login; port 0: "
              "any free one, see the log; off: none" },
        { .name = NULL },
};

static const struct conf_option log_options[] = {
        { .name = "format",
          .type = CONF_ENUM,
          .offset = offsetof(struct hub_conf, log.format),
          .fallback = "logfmt",
          .words = log_formats,
          .sentence = "form of a log line" },
        { .name = "level",
          .type = CONF_ENUM,
          .offset = offsetof(struct hub_conf, log.level),
          .fallback = "info",
          .words = log_levels,
          .sentence = "least level that is logged" },
        { .name = NULL },
};

const struct conf_option hub_options[] = {
        { .name = "kafka",
          .type = CONF_PAIRS,
          .offset = offsetof(struct hub_conf, kafka),
          .required = true,
          .sentence = "librdkafka properties, passed through; bootstrap.servers is needed" },
        { .name = "database",
          .type = CONF_SECTION,
          .section = database_options,
          .required = true,
          .sentence = "the hub's PostgreSQL" },
        { .name = "hub", .type = CONF_SECTION, .section = service_options, .sentence = "the service itself" },
        { .name = "registry",
          .type = CONF_SECTION,
          .section = registry_options,
          .sentence = "structures for consumers that know Confluent's Schema Registry" },
        { .name = "log", .type = CONF_SECTION, .section = log_options, .sentence = "logs on standard error" },
        { .name = NULL },
};

static struct worker *worker_new(const struct hub_conf *conf, int number)
{
        struct worker *w = calloc(1, sizeof(*w));
        if (w == NULL)
                abort();
        w->conf = conf;
        w->number = number;
        snprintf(w->name, sizeof(w->name), "iochub-hub %s/%d", conf->hub.instance, number);
        w->catalog = catalog_new();
        w->structures = structures_new();
        w->digest = digest_new();
        w->batch = batch_new((size_t)conf->hub.batch_records);
        w->destinations = map_new();
        buf_init(&w->scratch);
        return w;
}

static struct worker *worker_free(struct worker *w)
{
        if (w == NULL)
                return NULL;
        for (size_t i = 0; i < ROUTINGS; i++)
                free(w->routings[i].marks);
        map_free(w->destinations);
        buf_done(&w->scratch);
        batch_free(w->batch);
        digest_free(w->digest);
        structures_free(w->structures);
        catalog_free(w->catalog);
        free(w);
        return NULL;
}

struct thread {
        pthread_t id;
        struct worker *worker;
        struct err e;
        int result;
};

// A worker that cannot go on ends the process: a supervisor starts it again, and the reason is on standard
// error.
static void *thread_main(void *arg)
{
        struct thread *t = arg;
        t->result = worker_run(t->worker, &t->e);
        if (t->result < 0)
                stop_request();
        return NULL;
}

int hub_check(const struct hub_conf *conf, struct err *e)
{
        const char *listen = conf->registry.listen;
        if (strcmp(listen, REGISTRY_OFF) == 0 || web_address_check(listen, e) == 0)
                return 0;
        return err_prefix(e, "registry.listen");
}

int hub_run(const struct hub_conf *conf, struct err *e)
{
        struct thread threads[WORKERS_MAX] = { 0 };
        int count = (int)conf->hub.workers, result = 0;
        log_info("hub started", F_STR("instance", conf->hub.instance), F_INT("workers", count),
                 F_STR("version", IOCHUB_VERSION));
        struct registry_http *registry = registry_http_start(conf);
        for (int i = 0; i < count; i++) {
                threads[i].worker = worker_new(conf, i);
                if (pthread_create(&threads[i].id, NULL, thread_main, &threads[i]) != 0)
                        abort();
        }
        for (int i = 0; i < count; i++) {
                pthread_join(threads[i].id, NULL);
                if (threads[i].result < 0 && result == 0) {
                        *e = threads[i].e;
                        result = -1;
                }
                worker_free(threads[i].worker);
        }
        registry_http_join(registry);
        log_info("hub stopped", F_STR("instance", conf->hub.instance));
        return result;
}
