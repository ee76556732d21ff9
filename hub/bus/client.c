// Handles: settings in three layers, and logs by way of hub/base/log.
#include "hub/bus/client.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/log.h"
#include "hub/base/text.h"

static const struct setting common_settings[] = {
        { "client.id", "iochub" },
        { "client.software.name", "iochub" },
        { "client.software.version", IOCHUB_VERSION },
        // Deletions, new topics and new partitions are seen within seconds.
        { "topic.metadata.refresh.interval.ms", "5000" },
        // A broker that comes back is found within 2 s, not 10.
        { "reconnect.backoff.ms", "100" },
        { "reconnect.backoff.max.ms", "2000" },
        { "socket.keepalive.enable", "true" },
        { "log.connection.close", "false" },
        { "log.thread.name", "false" },
        // No telemetry to the broker: nobody here reads it.
        { "enable.metrics.push", "false" },
};

void *client_alloc(size_t count, size_t size)
{
        void *p = calloc(count == 0 ? 1 : count, size);
        if (p == NULL)
                abort();
        return p;
}

char *client_text(const char *s)
{
        size_t n = strlen(s) + 1;
        return memcpy(client_alloc(n, 1), s, n);
}

static int refuse_unknown(rd_kafka_conf_t *conf, const char *name, struct err *e)
{
        size_t count;
        const char **pairs = rd_kafka_conf_dump(conf, &count);
        const char **names = client_alloc(count / 2 + 1, sizeof(*names));
        for (size_t i = 0; i < count / 2; i++)
                names[i] = pairs[2 * i];
        const char *near = text_nearest(name, names, count / 2);
        if (near != NULL)
                err_set(e, ERR_CONFIG, "kafka: %s is not a property of librdkafka %s; did you mean %s?", name,
                        rd_kafka_version_str(), near);
        else
                err_set(e, ERR_CONFIG, "kafka: %s is not a property of librdkafka %s", name,
                        rd_kafka_version_str());
        free(names);
        rd_kafka_conf_dump_free(pairs, count);
        return -1;
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value, struct err *e)
{
        char text[512];
        switch (rd_kafka_conf_set(conf, name, value, text, sizeof(text))) {
        case RD_KAFKA_CONF_OK:
                return 0;
        case RD_KAFKA_CONF_UNKNOWN:
                return refuse_unknown(conf, name, e);
        default:
                return err_set(e, ERR_CONFIG, "kafka: %s: %s", name, text);
        }
}

static int set_all(rd_kafka_conf_t *conf, const struct setting *settings, size_t count, struct err *e)
{
        for (size_t i = 0; i < count; i++)
                if (set(conf, settings[i].name, settings[i].value, e) < 0)
                        return -1;
        return 0;
}

static const struct setting *fixed_setting(const struct setting *settings, size_t count, const char *name)
{
        for (size_t i = 0; i < count; i++)
                if (settings[i].fixed && strcmp(settings[i].name, name) == 0)
                        return &settings[i];
        return NULL;
}

static int set_theirs(rd_kafka_conf_t *conf, const struct bus_conf *bus, const struct setting *settings,
                      size_t count, struct err *e)
{
        for (size_t i = 0; i < bus->kafka.count; i++) {
                const char *name = bus->kafka.names[i], *value = bus->kafka.values[i];
                const struct setting *fixed = fixed_setting(settings, count, name);
                if (fixed != NULL && strcmp(fixed->value, value) != 0)
                        return err_set(
                            e, ERR_CONFIG,
                            "kafka: %s is always %s here, because delivery depends on it; take the line out",
                            name, fixed->value);
                if (set(conf, name, value, e) < 0)
                        return -1;
        }
        return 0;
}

rd_kafka_conf_t *client_conf(const struct bus_conf *bus, const struct setting *settings, size_t count,
                             struct err *e)
{
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        size_t size = 0;
        if (set_all(conf, common_settings, sizeof(common_settings) / sizeof(common_settings[0]), e) < 0 ||
            (bus->client_id != NULL && set(conf, "client.id", bus->client_id, e) < 0) ||
            set_all(conf, settings, count, e) < 0 || set_theirs(conf, bus, settings, count, e) < 0)
                goto fail;
        if (rd_kafka_conf_get(conf, "bootstrap.servers", NULL, &size) != RD_KAFKA_CONF_OK || size <= 1) {
                err_set(e, ERR_CONFIG, "kafka: bootstrap.servers is missing; give it as host:port");
                goto fail;
        }
        return conf;
fail:
        rd_kafka_conf_destroy(conf);
        return NULL;
}

// Failed connections and fatal errors are told by the owner, once and with a hint, so librdkafka's line for
// each attempt is for debugging only; so are its remarks on properties that belong to the other kind of
// client, and a fresh broker's "coordinator load in progress" to the first idempotent producer.
static bool is_chatter(const char *facility)
{
        static const char *const quiet[] = {
                "FAIL", "ERROR", "CONFWARN", "REQTMOUT", "GETPID", "FATAL", NULL
        };
        for (size_t i = 0; quiet[i] != NULL; i++)
                if (strcmp(facility, quiet[i]) == 0)
                        return true;
        return false;
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
        enum log_level at = level <= 3   ? LOG_ERROR
                            : level == 4 ? LOG_WARN
                            : level == 5 ? LOG_INFO
                                         : LOG_DEBUG;
        if (is_chatter(facility))
                at = LOG_DEBUG;
        log_at(at, "librdkafka reports", F_STR("client", rk != NULL ? rd_kafka_name(rk) : ""),
               F_STR("facility", facility), F_STR("text", text));
}

static bool is_about_connection(rd_kafka_resp_err_t code)
{
        switch (code) {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__RESOLVE:
        case RD_KAFKA_RESP_ERR__SSL:
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
                return true;
        default:
                return false;
        }
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
        struct client *c = opaque;
        (void)rk;
        log_debug("librdkafka reports an error", F_STR("code", rd_kafka_err2name(code)),
                  F_STR("text", reason));
        if (is_about_connection(code))
                link_failed(c, code, reason);
        else if (c->error != NULL)
                c->error(c, code, reason);
}

int client_open(struct client *c, rd_kafka_type_t type, rd_kafka_conf_t *conf, struct err *e)
{
        char text[512];
        rd_kafka_conf_set_opaque(conf, c);
        rd_kafka_conf_set_log_cb(conf, on_log);
        rd_kafka_conf_set_error_cb(conf, on_error);
        link_init(c, conf);
        c->rk = rd_kafka_new(type, conf, text, sizeof(text));
        if (c->rk == NULL) {
                rd_kafka_conf_destroy(conf);
                pthread_mutex_destroy(&c->link.lock);
                return err_set(e, ERR_CONFIG, "kafka: %s", text);
        }
        return 0;
}

void client_done(struct client *c)
{
        if (c->rk == NULL)
                return;
        rd_kafka_destroy(c->rk);
        pthread_mutex_destroy(&c->link.lock);
        c->rk = NULL;
}
