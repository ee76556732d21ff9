// A small HTTP/1.1 server (RFC 9112) for answers that are made at once, behind libmicrohttpd: the only
// includer of its header. It has no thread of its own: web_run serves in the caller's, so a handler needs no
// locks.
#pragma once

#include "hub/base/buf.h"

#define WEB_ADDRESS 64 // a numeric address with its port, and NUL

struct web_request {
        const char *method; // as sent: methods are case-sensitive
        struct slice path;  // as sent, percent-encoded still
        struct slice query; // the same, behind `?`; empty where there is none
        struct slice body;  // of a POST; what comes with a GET means nothing
};

struct web_answer {
        unsigned status;   // 200 before the handler is called
        const char *type;  // Content-Type; must outlive the call
        const char *allow; // methods for 405 (RFC 9110, 10.2.1), NULL: none
        struct buf body;
};

// Fills *answer. The body of a POST (or of a GET or HEAD that has one) is read first, up to the limit (else
// the connection ends); that of any other method is not: the connection ends behind such an answer. HEAD is
// answered as GET, without the body.
typedef void web_handler(void *self, const struct web_request *request, struct web_answer *answer);

struct web_limits {
        // At once. At three quarters of them, the one that has been without an answer for longest is ended.
        unsigned connections;
        unsigned idle_seconds; // without a byte from or to the client
        size_t request_bytes;  // memory for the request line, headers and parameters of one request
        size_t body_bytes;     // of a POST
};

// Whether text is `address:port` with a numeric address (`127.0.0.1:8081`, `[::1]:0`). 0 it is, <0 says what
// is wrong with it.
int web_address_check(const char *text, struct err *e) must_check;

struct web;

// Listens. e is retriable where the address may become free (it is in use, or not this machine's).
struct web *web_open(const char *address, const struct web_limits *limits, web_handler *handler, void *self,
                     struct err *e) must_check;
struct web *web_close(struct web *w);
// Where it listens, with the port that port 0 stood for.
const char *web_listens(const struct web *w);
// Serves what comes, and returns after about ms milliseconds at the latest. <0: it cannot go on.
int web_run(struct web *w, int ms, struct err *e) must_check;
