// iochub-protovalidate [--library]
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "hub/base/clock.h"
#include "tests/conformance/executor.h"

#define BLOCK       (1024 * 1024)
#define REQUEST_MAX (256 * 1024 * 1024)

static const struct wire_limits request_limits = { .elements = 1000000, .memory = 256 * 1024 * 1024 };
// As the hub reads payloads, but that cases hold U+0000, too.
static const struct wire_limits case_limits = { .elements = WIRE_ELEMENTS,
                                                .memory = WIRE_MEMORY,
                                                .nul = true };

// 0 done, 1 failed.
static int read_all(struct buf *in)
{
        for (;;) {
                ssize_t n = read(STDIN_FILENO, buf_reserve(in, BLOCK), BLOCK);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0;
                in->n += (size_t)n;
                if (in->n > REQUEST_MAX)
                        return 1;
        }
}

static const struct case_type *find_type(struct executor *x, const char *name)
{
        struct case_type *t = map_get(x->types, slice_str(name));
        if (t == NULL) {
                t = arena_zalloc(x->a, sizeof(*t));
                x->mode->load(x, name, t);
                map_set(x->types, slice_str(name), t);
        }
        return t;
}

static void free_types(struct map *types)
{
        struct slice key;
        void *t;
        for (size_t at = 0; map_next(types, &at, &key, &t);)
                schema_free(((struct case_type *)t)->schema);
        map_free(types);
}

static void run_case(struct executor *x, const struct msg *request, struct msg *result)
{
        struct slice url = get_field(request, "type_url")->s;
        const char *name = arena_strndup(x->a, url.p, url.n), *slash = strrchr(name, '/');
        const struct case_type *t = find_type(x, slash ? slash + 1 : name);
        struct fault f = { 0 };
        struct msg *m;
        if (t->schema == NULL)
                set_text(x, result, "compilation_error", t->problems);
        else if (wire_read_within(t->schema->root, get_field(request, "value")->s, &case_limits, x->a, &m,
                                  &f))
                set_text(x, result, "unexpected_error", f.items[0].text_en);
        else
                x->mode->judge(x, t, m, result);
}

// 0 done, 1 the input is no request.
static int run(struct executor *x, struct slice in, struct buf *out)
{
        const struct mtype *root = x->exchange->root;
        struct msg *request, *response = msg_new(harness_field(root, "response")->message, x->a);
        struct fault f = { 0 };
        if (wire_read_within(harness_field(root, "request")->message, in, &request_limits, x->a, &request,
                             &f)) {
                fprintf(stderr, "not a request: %s (%s)\n", f.items[0].text_en, f.items[0].field);
                return 1;
        }
        x->set = get_field(request, "fdset")->s;
        const struct list *cases = &get_field(request, "cases")->list;
        for (uint32_t i = 0; i < cases->n; i++) {
                const struct msg *entry = cases->items[i].m;
                struct msg *answer = add_message(x, response, "results");
                *set_field(answer, "key") = entry->f[0];
                run_case(x, entry->f[1].m, set_message(x, answer, "value"));
        }
        wire_write(response, out);
        return 0;
}

int main(int argc, char **argv)
{
        struct buf in cleanup(buf_done), out cleanup(buf_done);
        struct executor x = { .mode = &rules_mode, .now = clock_now() };
        buf_init(&in);
        buf_init(&out);
        if (argc == 2 && strcmp(argv[1], "--library") == 0)
                x.mode = &library_mode;
        else if (argc > 1)
                return fprintf(stderr, "usage: iochub-protovalidate [--library] <request >response\n"), 64;
        if (read_all(&in) || (x.exchange = harness_load()) == NULL)
                return 1;
        x.a = arena_new(BLOCK);
        x.types = map_new();
        int rc = run(&x, buf_slice(&in), &out);
        free_types(x.types);
        arena_free(x.a);
        schema_free(x.exchange);
        if (rc == 0 && (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout) != 0))
                rc = 1;
        return rc;
}
