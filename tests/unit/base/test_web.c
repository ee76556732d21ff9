// The HTTP server, spoken to byte by byte: what a handler is given, limits, and clients that mean no good.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub/base/web.h"
#include "tests/unit/base/unit.h"

static const struct web_limits limits = {
        .connections = 8, .idle_seconds = 1, .request_bytes = 32 << 10, .body_bytes = 1000
};

static struct web *web;
static pthread_t thread;
static atomic_bool done;
static struct sockaddr_in address;

// Says what it was asked.
static void echo(void *self, const struct web_request *r, struct web_answer *answer)
{
        assert_ptr_equal(self, &web);
        if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0 &&
            strcmp(r->method, "POST") != 0) {
                answer->status = 405;
                answer->allow = "GET";
        }
        answer->type = "text/plain";
        buf_printf(&answer->body, "%s [", r->method);
        buf_add_slice(&answer->body, r->path);
        buf_add_str(&answer->body, "] [");
        buf_add_slice(&answer->body, r->query);
        buf_printf(&answer->body, "] %zu", r->body.n);
}

static void *serve(void *ignored)
{
        struct err e;
        (void)ignored;
        while (!done)
                if (web_run(web, 20, &e) != 0)
                        abort();
        return NULL;
}

static int set_up(void **state)
{
        struct err e = { 0 };
        (void)state;
        web = web_open("127.0.0.1:0", &limits, echo, &web, &e);
        if (web == NULL)
                fail_msg("%s", e.text);
        const char *colon = strrchr(web_listens(web), ':');
        address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(colon + 1)) };
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_not_equal(address.sin_port, 0);
        return pthread_create(&thread, NULL, serve, NULL);
}

static int tear_down(void **state)
{
        (void)state;
        done = true;
        pthread_join(thread, NULL);
        web = web_close(web);
        return 0;
}

static int dial(void)
{
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        struct timeval patience = { .tv_sec = 5 };
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
        return fd;
}

// All that comes back until the server ends the connection, or says nothing for long.
static const char *talk(struct slice request)
{
        static char answer[8192];
        size_t n = 0;
        int fd = dial();
        for (size_t sent = 0; sent < request.n;) {
                ssize_t k = send(fd, request.p + sent, request.n - sent, MSG_NOSIGNAL);
                if (k <= 0)
                        break;
                sent += (size_t)k;
        }
        for (ssize_t k; n < sizeof answer - 1 && (k = recv(fd, answer + n, sizeof answer - 1 - n, 0)) > 0;)
                n += (size_t)k;
        answer[n] = '\0';
        close(fd);
        return answer;
}

#define END "Host: x\r\nConnection: close\r\n\r\n"

static void says(const char *request, const char *status, const char *body)
{
        const char *got = talk(slice_str(request));
        const char *end = strstr(got, "\r\n\r\n");
        if (strncmp(got, status, strlen(status)) != 0 || end == NULL || strcmp(end + 4, body) != 0)
                fail_msg("%s\n%s", request, got);
}

static void test_requests(void **state)
{
        (void)state;
        says("GET / HTTP/1.1\r\n" END, "HTTP/1.1 200", "GET [/] [] 0");
        says("GET /a%2Fb%00/c+d?e=%2F&f?g HTTP/1.1\r\n" END, "HTTP/1.1 200",
             "GET [/a%2Fb%00/c+d] [e=%2F&f?g] 0");
        says("HEAD /a HTTP/1.1\r\n" END, "HTTP/1.1 200", "");
        says("get /a HTTP/1.1\r\n" END, "HTTP/1.1 405", "get [/a] [] 0");
        says("DELETE /a HTTP/1.1\r\nContent-Length: 5\r\n" END "hello", "HTTP/1.1 405", "DELETE [/a] [] 0");
        says("POST /a HTTP/1.1\r\nContent-Length: 5\r\n" END "hello", "HTTP/1.1 200", "POST [/a] [] 5");
        says("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
             "HTTP/1.1 200", "POST [/a] [] 5");
        says("POST /a HTTP/1.1\r\n" END, "HTTP/1.1 200", "POST [/a] [] 0");
        assert_non_null(strstr(talk(slice_str("PUT / HTTP/1.1\r\n" END)), "\r\nAllow: GET\r\n"));
        assert_non_null(
            strstr(talk(slice_str("GET / HTTP/1.1\r\n" END)), "\r\nContent-Type: text/plain\r\n"));
}

// Whatever they send, nothing but an answer or an end of the connection comes, and the next one is served.
static void test_hostile(void **state)
{
        (void)state;
        static const char *const requests[] = {
                "\r\n\r\n",
                "GET\r\n\r\n",
                "GET /\r\n\r\n",
                "x\r\n\r\n",
                "GET  / HTTP/1.1\r\n" END,
                "GET / HTTP/9.9\r\n" END,
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost\r\n\r\n",
                "GET / HTTP/1.1\r\n Host: x\r\n\r\n",
                "POST / HTTP/1.1\r\nContent-Length: -1\r\n" END,
                "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n" END,
                "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n" END "hello!",
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" END "zz\r\n",
                "GET http:// HTTP/1.1\r\n" END,
                "GET * HTTP/1.1\r\n" END,
                "\x16\x03\x01\x02",
        };
        for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
                (void)talk(slice_str(requests[i]));
        (void)talk(slice_of("GET /a\0b HTTP/1.1\r\n" END, 20 + sizeof END - 1));
        says("GET / HTTP/1.1\r\n" END, "HTTP/1.1 200", "GET [/] [] 0");
}

static void long_request(const char *before, size_t n, const char *after, struct buf *out)
{
        buf_reset(out);
        buf_add_str(out, before);
        memset(buf_reserve(out, n), 'a', n);
        out->n += n;
        buf_add_str(out, after);
}

static void test_limits(void **state)
{
        (void)state;
        struct buf request = { 0 };
        long_request("POST / HTTP/1.1\r\nContent-Length: 1000\r\n" END, 1000, "", &request);
        says(buf_cstr(&request), "HTTP/1.1 200", "POST [/] [] 1000");
        long_request("POST / HTTP/1.1\r\nContent-Length: 100000\r\n" END, 100000, "", &request);
        assert_null(strstr(talk(buf_slice(&request)), "200 OK"));
        long_request("GET /", 100000, " HTTP/1.1\r\n" END, &request);
        assert_null(strstr(talk(buf_slice(&request)), "200 OK"));
        long_request("GET / HTTP/1.1\r\nX: ", 100000, "\r\n" END, &request);
        assert_null(strstr(talk(buf_slice(&request)), "200 OK"));
        buf_done(&request);
        says("GET / HTTP/1.1\r\n" END, "HTTP/1.1 200", "GET [/] [] 0");
}

// Clients that hold all connections and say nothing lose them.
static void test_silent(void **state)
{
        (void)state;
        int fds[16];
        for (size_t i = 0; i < 16; i++) {
                fds[i] = dial();
                (void)!send(fds[i], "GET / HT", 8, MSG_NOSIGNAL);
        }
        says("GET / HTTP/1.1\r\n" END, "HTTP/1.1 200", "GET [/] [] 0");
        for (size_t i = 0; i < 16; i++)
                close(fds[i]);
}

// Those that go on sending a byte keep theirs for ever, but not from others.
static void test_trickling(void **state)
{
        (void)state;
        int fds[200];
        for (size_t i = 0; i < 200; i++) {
                fds[i] = dial();
                (void)!send(fds[i], "GET / HT", 8, MSG_NOSIGNAL);
        }
        for (size_t round = 0; round < 20; round++) {
                for (size_t i = 0; i < 200; i++)
                        (void)!send(fds[i], "x", 1, MSG_NOSIGNAL);
                if (round % 5 == 0)
                        says("GET / HTTP/1.1\r\n" END, "HTTP/1.1 200", "GET [/] [] 0");
                usleep(100 * 1000);
        }
        for (size_t i = 0; i < 200; i++)
                close(fds[i]);
}

// One that is answered again and again stays while silent ones go.
static void test_busy(void **state)
{
        (void)state;
        static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        char answer[512];
        int busy = dial(), fds[60];
        for (size_t i = 0; i < 60; i++) {
                fds[i] = dial();
                (void)!send(fds[i], "GET", 3, MSG_NOSIGNAL);
                assert_int_equal(send(busy, request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
                assert_true(recv(busy, answer, sizeof answer, 0) > 12);
                assert_memory_equal(answer, "HTTP/1.1 200", 12);
        }
        close(busy);
        for (size_t i = 0; i < 60; i++)
                close(fds[i]);
}

static void test_addresses(void **state)
{
        (void)state;
        static const char *const good[] = { "127.0.0.1:8081", "0.0.0.0:0", "[::1]:65535", "[::]:1" };
        static const char *const bad[] = {
                "",        ":",        "8081",          ":8081",        "localhost:8081",
                "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1",   "1.2.3.4:x",
                "::1:80",  "[::1]",    "[]:1",          "[1.2.3.4]:80", "1.2.3.4.5:1",
                "[::1",    "*:80",     "1.2.3.4: 80",   "300.1.1.1:80"
        };
        struct err e = { 0 };
        for (size_t i = 0; i < sizeof good / sizeof *good; i++)
                assert_int_equal(web_address_check(good[i], &e), 0);
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                assert_int_equal(web_address_check(bad[i], &e), -1);
                assert_int_equal(e.code, ERR_CONFIG);
                assert_non_null(strstr(e.text, bad[i]));
        }
        // Taken: may become free. Not this machine's: may come.
        assert_null(web_open(web_listens(web), &limits, echo, &web, &e));
        assert_true(e.retriable && strstr(e.text, "Address already in use"));
        assert_null(web_open("192.0.2.1:80", &limits, echo, &web, &e));
        assert_true(e.retriable);
        struct web *v6 = web_open("[::1]:0", &limits, echo, &web, &e);
        if (v6 != NULL)
                assert_memory_equal(web_listens(v6), "[::1]:", 6);
        web_close(v6);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_requests),  cmocka_unit_test(test_hostile),
                cmocka_unit_test(test_limits),    cmocka_unit_test(test_silent),
                cmocka_unit_test(test_addresses), cmocka_unit_test(test_trickling),
                cmocka_unit_test(test_busy),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
