// What consumer, producer and admin share: how a handle is configured, librdkafka's logs and errors in the
// project's own words, and whether any broker answers. Private to hub/bus; bus.h, consumer.h, producer.h,
// admin.h are for others.
#pragma once

#include <librdkafka/rdkafka.h>
#include <pthread.h>

#include "hub/bus/bus.h"

struct setting {
        const char *name, *value;
        bool fixed; // the promises of delivery stand on it: a configuration that says otherwise is refused
};

// Whether any broker is connected. librdkafka's threads write it as connections change, the owner reads it.
#define LINK_BROKERS 64
struct link {
        pthread_mutex_t lock;
        struct {
                char host[256]; // or "GroupCoordinator"
                int port;
                bool up;
        } brokers[LINK_BROKERS];
        size_t count;
};

// Embedded at the start of its owner, which is librdkafka's opaque. Used by the owner's thread only, but
// link.
struct client {
        rd_kafka_t *rk;
        void *self;
        void (*broker)(void *self, bool up, const char *text); // NULL: the log is told instead
        // Errors that are not about a connection; NULL: nobody wants them. Called inside librdkafka's poll.
        void (*error)(struct client *c, rd_kafka_resp_err_t code, const char *text);
        struct link link;
        bool suspect;    // a connection failed since brokers were last seen up
        bool down;       // none is up, and the owner was told
        char cause[512]; // why the latest connection failed, with a hint
};

// Settings of ours, then the configuration's, then the fixed ones again. NULL on a mistake (ERR_CONFIG).
rd_kafka_conf_t *client_conf(const struct bus_conf *conf, const struct setting *settings, size_t count,
                             struct err *e) must_check;
// Makes the handle; conf is consumed in any case.
int client_open(struct client *c, rd_kafka_type_t type, rd_kafka_conf_t *conf, struct err *e) must_check;
// Frees what client_open made, the handle included.
void client_done(struct client *c);

// client_link.c: client_open sets it up, a failed connection is told to it.
void link_init(struct client *c, rd_kafka_conf_t *conf);
void link_failed(struct client *c, rd_kafka_resp_err_t code, const char *text);
// Notices that brokers went and came back. Cheap; call it whenever the owner polls.
void client_serve(struct client *c);

// Fills *e from a librdkafka code: "<what>: <text>; <next step>" and returns -1. text NULL: the code's own.
int client_fail(struct err *e, rd_kafka_resp_err_t code, const char *text, const char *format, ...)
    printf_like(4, 5);
// The next step for the usual failures, or NULL.
const char *client_hint(rd_kafka_resp_err_t code);
// The same call may go through later.
bool client_retriable(rd_kafka_resp_err_t code);

// calloc that aborts when memory runs out (as hub/base/buf.h).
void *client_alloc(size_t count, size_t size);
char *client_text(const char *s);
