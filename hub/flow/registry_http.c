#include "hub/flow/registry_http.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/clock.h"
#include "hub/base/log.h"
#include "hub/base/map.h"
#include "hub/base/stop.h"
#include "hub/flow/registry_http_int.h"

#define JSON_TYPE     "application/vnd.schemaregistry.v1+json"
#define SERVE_MS      200 // how late a stop is noticed
#define LISTEN_MS     5000
#define CONNECT_USEC  USEC_PER_SEC // between attempts, while the database is away
#define CACHE_BYTES   (16 << 20)
#define CACHE_ENTRIES 4096

// A target of REGISTRY_TARGET_MAX bytes that is all parameters needs much of the request's memory.
static const struct web_limits limits = {
        .connections = 64, .idle_seconds = 15, .request_bytes = 128 << 10, .body_bytes = 256 << 10
};

struct registry_http {
        const struct hub_conf *conf;
        pthread_t thread;
        struct pg *pg;
        int64_t connect_after; // no attempt before
        bool away;             // the database; said once
        struct map *cache;     // registry_answer_lasts' key -> struct buf
        size_t cached;         // bytes
        struct buf text, key;  // of the request at hand
};

// ---------------------------------------------------------------- answers that last

static void cache_clear(struct registry_http *h)
{
        struct slice key;
        void *body;
        for (size_t at = 0; map_next(h->cache, &at, &key, &body);) {
                buf_done(body);
                free(body);
        }
        map_clear(h->cache);
        h->cached = 0;
}

// A full cache starts anew: there are fewer structures than it holds, unless somebody asks for all they can
// name.
static void cache_keep(struct registry_http *h, const struct buf *answer)
{
        if (answer->n > CACHE_BYTES / 4)
                return;
        if (h->cached + answer->n > CACHE_BYTES || map_count(h->cache) >= CACHE_ENTRIES)
                cache_clear(h);
        struct buf *body = calloc(1, sizeof(*body));
        if (body == NULL)
                abort();
        buf_add_slice(body, buf_slice(answer));
        map_set(h->cache, buf_slice(&h->key), body);
        h->cached += body->n;
}

// ---------------------------------------------------------------- the database

static bool connect_database(struct registry_http *h, struct err *e)
{
        char name[96];
        if (clock_monotonic_usec() < h->connect_after) {
                err_set(e, ERR_DATABASE, "the database is away");
                return false;
        }
        snprintf(name, sizeof(name), "iochub-hub %s/registry", h->conf->hub.instance);
        h->pg = pg_open(h->conf->database.conninfo, name, e);
        if (h->pg != NULL &&
            pg_exec(h->pg, "SET statement_timeout = '5s'; SET default_transaction_read_only = on", e) < 0)
                h->pg = pg_close(h->pg);
        if (h->pg == NULL) {
                h->connect_after = clock_monotonic_usec() + CONNECT_USEC;
                if (!h->away)
                        log_warn("registry: database is away", F_STR("error", e->text),
                                 F_STR("sqlstate", e->sqlstate));
                h->away = true;
                e->sqlstate[0] = '\0'; // whatever the reason, the question was not refused
                return false;
        }
        if (h->away)
                log_info("registry: database is back");
        h->away = false;
        return true;
}

// A connection that broke since the last request is made again at once.
static int ask_database(struct registry_http *h, const struct registry_request *r, struct slice body,
                        struct web_answer *answer, struct err *e)
{
        for (;;) {
                bool used = h->pg != NULL;
                if (!used && !connect_database(h, e))
                        return -1;
                buf_reset(&answer->body);
                if (registry_answer(h->pg, r, body, answer, e) == 0)
                        return 0;
                if (pg_classify(e) != PG_LOST)
                        return -1;
                h->pg = pg_close(h->pg);
                if (!used)
                        return -1;
        }
}

static void failed(const struct err *e, struct web_answer *answer)
{
        if (e->sqlstate[0] == '\0' || pg_classify(e) != PG_OTHER) {
                registry_error(answer, ERROR_AWAY, "The registry's database cannot be asked now; try again.");
                return;
        }
        log_error("registry: query refused", F_STR("error", e->text), F_STR("sqlstate", e->sqlstate));
        registry_error(answer, ERROR_INTERNAL,
                       "The registry's database refused the question; see the hub's log.");
}

// ---------------------------------------------------------------- requests

static void refuse(int refusal, struct web_answer *answer)
{
        switch (refusal) {
        case REGISTRY_MALFORMED:
                registry_error(answer, ERROR_BAD_REQUEST,
                               "The path or query is malformed, or longer than %d bytes.",
                               REGISTRY_TARGET_MAX);
                return;
        case REGISTRY_NO_VERSION:
                registry_error(
                    answer, ERROR_VERSION_TEXT,
                    "The specified version is not a valid version id. Allowed values are between [1, "
                    "2^31-1] and the string \"latest\"");
                return;
        default:
                registry_error(answer, ERROR_NOT_FOUND, "HTTP 404 Not Found");
        }
}

static void answer_request(struct registry_http *h, const struct registry_request *r, struct slice body,
                           struct web_answer *answer)
{
        struct err e = { 0 };
        if (registry_answer_fixed(r, answer))
                return;
        bool lasts = registry_answer_lasts(r, &h->key);
        const struct buf *kept = lasts ? map_get(h->cache, buf_slice(&h->key)) : NULL;
        if (kept != NULL) {
                buf_add_slice(&answer->body, buf_slice(kept));
                return;
        }
        if (ask_database(h, r, body, answer, &e) < 0)
                failed(&e, answer);
        else if (lasts && answer->status == 200)
                cache_keep(h, &answer->body);
}

static void refuse_method(const char *allow, struct web_answer *answer)
{
        answer->allow = allow;
        registry_error(answer, ERROR_METHOD,
                       "The registry is read-only over HTTP; structures are registered by `iochub schema "
                       "register`.");
}

static void on_request(void *self, const struct web_request *request, struct web_answer *answer)
{
        struct registry_http *h = self;
        struct registry_request r;
        answer->type = JSON_TYPE;
        int refusal = registry_request_read(request->path, request->query, &h->text, &r);
        bool lookup = refusal == 0 && r.ask == ASK_LOOKUP;
        bool get = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
        if (lookup && strcmp(request->method, "POST") != 0)
                refuse_method("POST", answer);
        else if (!lookup && !get)
                refuse_method("GET, HEAD", answer);
        else if (refusal != 0)
                refuse(refusal, answer);
        else
                answer_request(h, &r, request->body, answer);
}

// ---------------------------------------------------------------- the thread

static void say_not_served(const struct err *e)
{
        log_warn("registry is not served; trying again", F_STR("error", e->text),
                 F_STR("option", "registry.listen"),
                 F_STR("hint", e->retriable
                                   ? "if another hub serves it here, give this one another port, or off"
                                   : "give an address and port that this user may listen on, or off"));
}

static void *thread_main(void *self)
{
        struct registry_http *h = self;
        struct web *web = NULL;
        bool said = false;
        while (!stop_requested()) {
                struct err e = { 0 };
                if (web == NULL) {
                        web = web_open(h->conf->registry.listen, &limits, on_request, h, &e);
                        if (web != NULL)
                                log_info("registry is served", F_STR("address", web_listens(web)));
                        said = web == NULL ? said : false;
                }
                if (web != NULL && web_run(web, SERVE_MS, &e) == 0)
                        continue;
                web = web_close(web);
                if (!said)
                        say_not_served(&e);
                said = true;
                for (int ms = 0; ms < LISTEN_MS && !stop_requested(); ms += SERVE_MS)
                        stop_sleep_ms(SERVE_MS);
        }
        web_close(web);
        return NULL;
}

struct registry_http *registry_http_start(const struct hub_conf *conf)
{
        if (strcmp(conf->registry.listen, REGISTRY_OFF) == 0)
                return NULL;
        struct registry_http *h = calloc(1, sizeof(*h));
        if (h == NULL)
                abort();
        h->conf = conf;
        h->cache = map_new();
        if (pthread_create(&h->thread, NULL, thread_main, h) != 0)
                abort();
        return h;
}

struct registry_http *registry_http_join(struct registry_http *h)
{
        if (h == NULL)
                return NULL;
        pthread_join(h->thread, NULL);
        pg_close(h->pg);
        cache_clear(h);
        map_free(h->cache);
        buf_done(&h->text);
        buf_done(&h->key);
        free(h);
        return NULL;
}
