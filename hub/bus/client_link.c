// The state of the connection, said once on change. librdkafka's own events do not give it: "all brokers
// down" is left out where a coordinator's address was unknown, and a return has no event. So the state of
// each connection is noted as its thread reports it. Down is: a connection failed and none is up. Records and
// reports prove nothing: they may have waited here.
#include <stdio.h>

#include "hub/base/log.h"
#include "hub/bus/client.h"

static bool is_connected(const char *state)
{
        return strcmp(state, "UP") == 0 || strcmp(state, "UPDATE") == 0 || strcmp(state, "REAUTH") == 0;
}

// Called by a broker's thread of librdkafka, which must not be called from here.
static rd_kafka_resp_err_t on_state(rd_kafka_t *rk, int32_t id, const char *protocol, const char *host,
                                    int port, const char *state, void *opaque)
{
        (void)rk, (void)id, (void)protocol;
        struct link *l = opaque;
        bool up = is_connected(state);
        size_t i = 0;
        pthread_mutex_lock(&l->lock);
        while (i < l->count && (l->brokers[i].port != port || strcmp(l->brokers[i].host, host) != 0))
                i++;
        if (i == l->count && up && l->count < LINK_BROKERS) {
                snprintf(l->brokers[i].host, sizeof(l->brokers[i].host), "%s", host);
                l->brokers[i].port = port;
                l->count++;
        }
        if (i < l->count)
                l->brokers[i].up = up;
        pthread_mutex_unlock(&l->lock);
        return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *text,
                                  size_t size)
{
        (void)conf, (void)text, (void)size;
        return rd_kafka_interceptor_add_on_broker_state_change(rk, "iochub", on_state, opaque);
}

void link_init(struct client *c, rd_kafka_conf_t *conf)
{
        pthread_mutex_init(&c->link.lock, NULL);
        rd_kafka_conf_interceptor_add_on_new(conf, "iochub", on_new, &c->link);
}

static bool any_up(struct link *l)
{
        bool up = false;
        pthread_mutex_lock(&l->lock);
        for (size_t i = 0; i < l->count; i++)
                up = up || l->brokers[i].up;
        pthread_mutex_unlock(&l->lock);
        return up;
}

static void tell(struct client *c, bool up, const char *text)
{
        if (c->broker != NULL)
                c->broker(c->self, up, text);
        else if (up)
                log_info("Kafka answers again", F_STR("client", rd_kafka_name(c->rk)));
        else
                log_warn("Kafka does not answer", F_STR("client", rd_kafka_name(c->rk)),
                         F_STR("cause", text));
}

void link_failed(struct client *c, rd_kafka_resp_err_t code, const char *text)
{
        const char *hint = client_hint(code);
        c->suspect = true;
        // The count of brokers that are down says less than why one is.
        if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || c->cause[0] == '\0')
                snprintf(c->cause, sizeof(c->cause), "%s%s%s", text, hint != NULL ? "; " : "",
                         hint != NULL ? hint : "");
}

void client_serve(struct client *c)
{
        if (!c->suspect)
                return;
        if (any_up(&c->link)) {
                bool was_down = c->down;
                c->suspect = c->down = false;
                c->cause[0] = '\0';
                if (was_down)
                        tell(c, true, "a broker answers");
        } else if (!c->down) {
                c->down = true;
                tell(c, false, c->cause);
        }
}
