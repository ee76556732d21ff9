// libmicrohttpd with external polling. The request target is taken as it came (its own unescaping would make
// `/` of %2F and end at %00); whoever handles it decodes.
#include "hub/base/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub/base/log.h"
#include "hub/base/text.h"

#define BACKLOG 128

// A connection. Clients that send a byte now and then keep theirs whatever the idle limit, so when they
// become many the oldest without an answer is ended.
struct link {
        struct link *newer, *older;
        int fd;
        bool ended;
};

struct web {
        struct MHD_Daemon *daemon;
        struct link links; // a ring: .newer is the oldest, .older the newest
        unsigned open, many;
        size_t body_max;
        web_handler *handler;
        void *self;
        char address[WEB_ADDRESS];
};

// What is kept of a request until it is answered.
struct pending {
        char *target; // as it came
        struct buf body;
        bool reading;
};

union address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
};

static int address_wrong(const char *text, struct err *e)
{
        return err_set(e, ERR_CONFIG,
                       "`%.60s` is not an address with a port, such as 127.0.0.1:8081 or [::1]:8081", text);
}

static int address_read(const char *text, union address *out, struct err *e)
{
        const char *colon = strrchr(text, ':');
        char host[WEB_ADDRESS];
        uint64_t port;
        *out = (union address){ 0 };
        if (colon == NULL || (size_t)(colon - text) >= sizeof(host) ||
            text_uint64(slice_str(colon + 1), &port) != 0 || port > UINT16_MAX)
                return address_wrong(text, e);
        memcpy(host, text, (size_t)(colon - text));
        host[colon - text] = '\0';
        size_t n = strlen(host);
        if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
                host[n - 1] = '\0';
                out->v6.sin6_family = AF_INET6;
                out->v6.sin6_port = htons((uint16_t)port);
                if (inet_pton(AF_INET6, host + 1, &out->v6.sin6_addr) == 1)
                        return 0;
        } else {
                out->v4.sin_family = AF_INET;
                out->v4.sin_port = htons((uint16_t)port);
                if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1)
                        return 0;
        }
        return address_wrong(text, e);
}

int web_address_check(const char *text, struct err *e)
{
        union address ignored;
        return address_read(text, &ignored, e);
}

static void address_text(const union address *a, char out[WEB_ADDRESS])
{
        char host[INET6_ADDRSTRLEN] = "";
        bool v6 = a->any.sa_family == AF_INET6;
        inet_ntop(a->any.sa_family, v6 ? (const void *)&a->v6.sin6_addr : (const void *)&a->v4.sin_addr, host,
                  sizeof(host));
        snprintf(out, WEB_ADDRESS, v6 ? "[%s]:%u" : "%s:%u", host,
                 ntohs(v6 ? a->v6.sin6_port : a->v4.sin_port));
}

static int refused(int fd, const char *address, struct err *e)
{
        int error = errno;
        if (fd >= 0)
                close(fd);
        err_set(e, ERR_IO, "cannot listen on %s: %s", address, strerror(error));
        if (e != NULL)
                e->retriable = error == EADDRINUSE || error == EADDRNOTAVAIL;
        return -1;
}

// A listening socket, and where it listens.
static int listen_on(const char *address, char shown[WEB_ADDRESS], struct err *e)
{
        union address a;
        if (address_read(address, &a, e) < 0)
                return -1;
        socklen_t size = a.any.sa_family == AF_INET6 ? sizeof(a.v6) : sizeof(a.v4);
        int on = 1;
        int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
            bind(fd, &a.any, size) != 0 || listen(fd, BACKLOG) != 0 || getsockname(fd, &a.any, &size) != 0)
                return refused(fd, address, e);
        address_text(&a, shown);
        return fd;
}

// ---------------------------------------------------------------- libmicrohttpd's callbacks

static void printf_like(2, 0) on_log(void *self, const char *format, va_list ap)
{
        char text[256];
        (void)self;
        vsnprintf(text, sizeof(text), format, ap);
        text[strcspn(text, "\n")] = '\0';
        log_debug("HTTP server says", F_STR("text", text));
}

static void link_out(struct link *l)
{
        l->newer->older = l->older;
        l->older->newer = l->newer;
}

static void link_newest(struct web *w, struct link *l)
{
        l->newer = &w->links;
        l->older = w->links.older;
        l->older->newer = l;
        w->links.older = l;
}

static void end_oldest(struct web *w)
{
        struct link *l = w->links.newer;
        while (l != &w->links && l->ended)
                l = l->newer;
        if (l == &w->links)
                return;
        l->ended = true;
        w->open--;
        shutdown(l->fd, SHUT_RDWR);
}

static void on_connection(void *self, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
        struct web *w = self;
        struct link *l = *context;
        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                const union MHD_ConnectionInfo *info =
                    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
                if ((*context = l = calloc(1, sizeof(*l))) == NULL)
                        abort();
                l->fd = info->connect_fd;
                if (w->open >= w->many)
                        end_oldest(w);
                link_newest(w, l);
                w->open++;
        } else if (l != NULL) {
                link_out(l);
                w->open -= !l->ended;
                free(l);
                *context = NULL;
        }
}

static void *on_target(void *self, const char *target, struct MHD_Connection *connection)
{
        (void)self;
        (void)connection;
        struct pending *p = calloc(1, sizeof(*p));
        if (p == NULL || (p->target = strdup(target)) == NULL)
                abort();
        return p;
}

static size_t on_unescape(void *self, struct MHD_Connection *connection, char *text)
{
        (void)self;
        (void)connection;
        return strlen(text);
}

static void on_completed(void *self, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode code)
{
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
        struct link *l = info ? info->socket_context : NULL;
        struct pending *p = *request;
        if (l != NULL && code == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
                link_out(l);
                link_newest(self, l);
        }
        if (p != NULL) {
                free(p->target);
                buf_done(&p->body);
        }
        free(p);
        *request = NULL;
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct web_answer *answer)
{
        struct MHD_Response *response =
            MHD_create_response_from_buffer(answer->body.n, answer->body.p, MHD_RESPMEM_MUST_COPY);
        if (response == NULL)
                return MHD_NO;
        if (answer->type != NULL)
                (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
        if (answer->allow != NULL)
                (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow);
        enum MHD_Result rc = MHD_queue_response(connection, answer->status, response);
        MHD_destroy_response(response);
        return rc;
}

static enum MHD_Result answer_request(struct web *w, struct MHD_Connection *connection, const char *method,
                                      const struct pending *p)
{
        struct slice target = slice_str(p->target);
        size_t n = strcspn(p->target, "?");
        struct web_request r = {
                .method = method,
                .path = slice_of(target.p, n),
                .query = n < target.n ? slice_of(target.p + n + 1, target.n - n - 1) : slice_of("", 0),
                .body = buf_slice(&p->body),
        };
        struct web_answer answer = { .status = MHD_HTTP_OK };
        w->handler(w->self, &r, &answer);
        enum MHD_Result rc = send_answer(connection, &answer);
        buf_done(&answer.body);
        return rc;
}

static bool reads_on(const char *method)
{
        return strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0 ||
               strcmp(method, MHD_HTTP_METHOD_POST) == 0;
}

// Called with the headers, then with each piece of a body, then without one.
static enum MHD_Result on_request(void *self, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **request)
{
        struct web *w = self;
        struct pending *p = *request;
        (void)path;
        (void)version;
        if (p == NULL)
                return MHD_NO;
        // An answer to the first call would end the connection.
        if (!p->reading && reads_on(method)) {
                p->reading = true;
                return MHD_YES;
        }
        if (*upload_size == 0)
                return answer_request(w, connection, method, p);
        if (p->body.n <= w->body_max)
                buf_add(&p->body, upload, *upload_size);
        *upload_size = 0;
        if (p->body.n <= w->body_max)
                return MHD_YES;
        return MHD_NO; // the connection ends: an answer is not read by who goes on sending
}

// ---------------------------------------------------------------- the server

struct web *web_open(const char *address, const struct web_limits *limits, web_handler *handler, void *self,
                     struct err *e)
{
        char shown[WEB_ADDRESS];
        int fd = listen_on(address, shown, e);
        if (fd < 0)
                return NULL;
        struct web *w = calloc(1, sizeof(*w));
        if (w == NULL)
                abort();
        w->handler = handler;
        w->self = self;
        w->body_max = limits->body_bytes;
        w->links.newer = w->links.older = &w->links;
        w->many = limits->connections - limits->connections / 4;
        memcpy(w->address, shown, sizeof(shown));
        w->daemon = MHD_start_daemon(
            MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, w, MHD_OPTION_EXTERNAL_LOGGER,
            on_log, w, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, on_target, w,
            MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, w, MHD_OPTION_NOTIFY_COMPLETED, on_completed, w,
            MHD_OPTION_NOTIFY_CONNECTION, on_connection, w, MHD_OPTION_CONNECTION_LIMIT, limits->connections,
            MHD_OPTION_CONNECTION_TIMEOUT, limits->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
            limits->request_bytes, MHD_OPTION_END);
        if (w->daemon == NULL) { // it has closed the socket
                free(w);
                err_set(e, ERR_IO, "the HTTP server cannot start on %s", address);
                return NULL;
        }
        return w;
}

struct web *web_close(struct web *w)
{
        if (w == NULL)
                return NULL;
        MHD_stop_daemon(w->daemon);
        free(w);
        return NULL;
}

const char *web_listens(const struct web *w)
{
        return w->address;
}

int web_run(struct web *w, int ms, struct err *e)
{
        if (MHD_run_wait(w->daemon, ms) == MHD_YES)
                return 0;
        return err_set(e, ERR_IO, "the HTTP server on %s cannot go on", w->address);
}
