// A tree in an arena, built from libyaml's events with an explicit stack (no recursion on hostile depth).
// What is not plain data (anchors, aliases, tags, directives, a second document, duplicate or compound keys)
// is refused where it stands; size, depth and number of nodes are capped before they can cost time or memory.
#include "hub/base/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <yaml.h>

#include "hub/base/arena.h"
#include "hub/base/map.h"
#include "hub/base/text.h"

#define SIZE_LIMIT  (4U << 20)
#define DEPTH_LIMIT 32
#define NODE_LIMIT  100000
#define BLOCK_SIZE  (32U << 10)

struct yaml {
        struct arena *arena;
        const char *name;
        struct yaml_node *root;
};

// A collection that is still open.
struct frame {
        struct yaml_node *node;
        struct yaml_node *key; // map: waits for its value
        size_t cap;            // of node->items, and of node->keys in a map
};

struct loader {
        struct yaml *y;
        struct err *e;
        struct frame stack[DEPTH_LIMIT];
        size_t depth;
        size_t nodes;
        bool ended; // the document's end was seen
};

static int refuse(struct loader *l, yaml_mark_t at, const char *what)
{
        return err_set(l->e, ERR_CONFIG, "%s:%zu:%zu: %s", l->y->name, at.line + 1, at.column + 1, what);
}

static struct yaml_node *new_node(struct loader *l, enum yaml_kind kind, yaml_mark_t at)
{
        struct yaml_node *n = arena_zalloc(l->y->arena, sizeof(*n));
        n->kind = kind;
        n->line = (unsigned)at.line + 1;
        n->column = (unsigned)at.column + 1;
        return n;
}

// An array of one more pointer, in the arena; the old one stays there, so that growth doubles.
static struct yaml_node **grow(struct loader *l, struct yaml_node **old, size_t count, size_t cap)
{
        struct yaml_node **items = arena_alloc(l->y->arena, cap * sizeof(struct yaml_node *));
        if (count)
                memcpy(items, old, count * sizeof(struct yaml_node *));
        return items;
}

static void append(struct loader *l, struct frame *f, struct yaml_node *value)
{
        struct yaml_node *into = f->node;
        if (into->count == f->cap) {
                f->cap = f->cap ? f->cap * 2 : 4;
                into->items = grow(l, into->items, into->count, f->cap);
                if (into->kind == YAML_MAP)
                        into->keys = grow(l, into->keys, into->count, f->cap);
        }
        if (into->kind == YAML_MAP)
                into->keys[into->count] = f->key;
        into->items[into->count++] = value;
        f->key = NULL;
}

// Puts a finished node where it belongs: root, key, value or item.
static int place(struct loader *l, struct yaml_node *node, yaml_mark_t at)
{
        if (++l->nodes > NODE_LIMIT)
                return refuse(l, at, "too many values (the limit is 100000)");
        if (l->depth == 0) {
                l->y->root = node;
                return 0;
        }
        struct frame *f = &l->stack[l->depth - 1];
        if (f->node->kind == YAML_MAP && f->key == NULL) {
                if (node->kind != YAML_SCALAR)
                        return refuse(l, at, "a key must be a plain text, not a list or a map");
                f->key = node;
                return 0;
        }
        append(l, f, node);
        return 0;
}

static int open_collection(struct loader *l, enum yaml_kind kind, yaml_mark_t at)
{
        struct yaml_node *node = new_node(l, kind, at);
        if (place(l, node, at) != 0)
                return -1;
        if (l->depth == DEPTH_LIMIT)
                return refuse(l, at, "nested too deeply (the limit is 32)");
        l->stack[l->depth++] = (struct frame){ .node = node };
        return 0;
}

static int duplicate(struct loader *l, const struct yaml_node *first, const struct yaml_node *second)
{
        struct buf name;
        buf_init(&name);
        text_show(&name, slice_str(second->text), 64, "");
        int rc = err_set(l->e, ERR_CONFIG, "%s:%u:%u: key `%s` is given twice (first in line %u)", l->y->name,
                         second->line, second->column, buf_cstr(&name), first->line);
        buf_done(&name);
        return rc;
}

static int check_duplicates(struct loader *l, const struct yaml_node *map)
{
        int rc = 0;
        struct map *seen = map_new();
        for (size_t i = 0; i < map->count && rc == 0; i++) {
                const struct yaml_node *first = map_set(seen, slice_str(map->keys[i]->text), map->keys[i]);
                if (first)
                        rc = duplicate(l, first, map->keys[i]);
        }
        map_free(seen);
        return rc;
}

static int close_collection(struct loader *l)
{
        struct yaml_node *node = l->stack[--l->depth].node;
        return node->kind == YAML_MAP ? check_duplicates(l, node) : 0;
}

static int add_scalar(struct loader *l, const yaml_event_t *event)
{
        struct slice text = slice_of(event->data.scalar.value, event->data.scalar.length);
        if (text_has_nul(text))
                return refuse(l, event->start_mark, "NUL character in a text");
        struct yaml_node *node = new_node(l, YAML_SCALAR, event->start_mark);
        node->text = arena_strndup(l->y->arena, text.p, text.n);
        node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        return place(l, node, event->start_mark);
}

static int check_plain_data(struct loader *l, const yaml_event_t *event, const yaml_char_t *anchor,
                            const yaml_char_t *tag)
{
        if (anchor)
                return refuse(l, event->start_mark, "anchors (&name) are not allowed");
        if (tag)
                return refuse(l, event->start_mark, "tags (!name) are not allowed");
        return 0;
}

static int start_document(struct loader *l, const yaml_event_t *event)
{
        if (l->ended)
                return refuse(l, event->start_mark, "a second document is not allowed");
        if (event->data.document_start.version_directive ||
            event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
                return refuse(l, event->start_mark, "directives (%YAML, %TAG) are not allowed");
        return 0;
}

static int take_event(struct loader *l, const yaml_event_t *event)
{
        switch (event->type) {
        case YAML_DOCUMENT_START_EVENT:
                return start_document(l, event);
        case YAML_DOCUMENT_END_EVENT:
                l->ended = true;
                return 0;
        case YAML_ALIAS_EVENT:
                return refuse(l, event->start_mark, "aliases (*name) are not allowed");
        case YAML_SCALAR_EVENT:
                if (check_plain_data(l, event, event->data.scalar.anchor, event->data.scalar.tag) != 0)
                        return -1;
                return add_scalar(l, event);
        case YAML_SEQUENCE_START_EVENT:
                if (check_plain_data(l, event, event->data.sequence_start.anchor,
                                     event->data.sequence_start.tag) != 0)
                        return -1;
                return open_collection(l, YAML_LIST, event->start_mark);
        case YAML_MAPPING_START_EVENT:
                if (check_plain_data(l, event, event->data.mapping_start.anchor,
                                     event->data.mapping_start.tag) != 0)
                        return -1;
                return open_collection(l, YAML_MAP, event->start_mark);
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
                return close_collection(l);
        default:
                return 0;
        }
}

// Line and column (in characters) of a byte, for what is refused before libyaml sees it.
static yaml_mark_t mark_of(struct slice text, size_t at)
{
        yaml_mark_t mark = { 0 };
        size_t line_start = 0;
        for (size_t i = 0; i < at; i++) {
                if (text.p[i] == '\n') {
                        mark.line++;
                        line_start = i + 1;
                }
        }
        mark.column = text_length(slice_of(text.p + line_start, at - line_start));
        return mark;
}

static int parser_failed(struct loader *l, const yaml_parser_t *parser, struct slice text)
{
        const char *problem = parser->problem ? parser->problem : "not readable as YAML";
        // The reader names a byte, scanner and parser a place.
        bool byte = parser->error == YAML_READER_ERROR && parser->problem_offset <= text.n;
        yaml_mark_t at = byte ? mark_of(text, parser->problem_offset) : parser->problem_mark;
        struct buf what;
        buf_init(&what);
        buf_add_str(&what, problem);
        if (parser->context)
                buf_printf(&what, " (%s)", parser->context);
        int rc = refuse(l, at, buf_cstr(&what));
        buf_done(&what);
        return rc;
}

static int read_events(struct loader *l, yaml_parser_t *parser, struct slice text)
{
        for (bool more = true; more;) {
                yaml_event_t event;
                if (!yaml_parser_parse(parser, &event))
                        return parser_failed(l, parser, text);
                more = event.type != YAML_STREAM_END_EVENT;
                int rc = take_event(l, &event);
                yaml_event_delete(&event);
                if (rc != 0)
                        return rc;
        }
        return 0;
}

static int check_bytes(struct loader *l, struct slice text)
{
        if (text.n > SIZE_LIMIT)
                return refuse(l, (yaml_mark_t){ 0 }, "larger than 4 MiB");
        size_t good = text_utf8_prefix(text);
        const uint8_t *nul = text.n ? memchr(text.p, 0, good) : NULL;
        if (nul)
                return refuse(l, mark_of(text, (size_t)(nul - text.p)), "NUL byte; is this a text file?");
        if (good < text.n)
                return refuse(l, mark_of(text, good), "not UTF-8");
        return 0;
}

static int load(struct loader *l, struct slice text)
{
        if (check_bytes(l, text) != 0)
                return -1;
        yaml_parser_t parser;
        if (!yaml_parser_initialize(&parser))
                abort();
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, text.p, text.n);
        int rc = read_events(l, &parser, text);
        yaml_parser_delete(&parser);
        // Nothing but comments: as an empty map.
        if (rc == 0 && l->y->root == NULL)
                l->y->root = new_node(l, YAML_MAP, (yaml_mark_t){ 0 });
        return rc;
}

struct yaml *yaml_load(const char *name, struct slice text, struct err *e)
{
        struct yaml *y = calloc(1, sizeof(*y));
        if (y == NULL)
                abort();
        y->arena = arena_new(BLOCK_SIZE);
        y->name = arena_strdup(y->arena, name);
        struct loader l = { .y = y, .e = e };
        return load(&l, text) == 0 ? y : yaml_free(y);
}

// Reads at most one byte more than the limit: enough to know that there is too much.
static int read_file(const char *path, struct buf *out, struct err *e)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return err_set(e, ERR_CONFIG, "%s: %s", path, strerror(errno));
        ssize_t n = 1;
        while (n > 0 && out->n <= SIZE_LIMIT) {
                n = read(fd, buf_reserve(out, 64 << 10), 64 << 10);
                if (n > 0)
                        out->n += (size_t)n;
                else if (n < 0 && errno == EINTR)
                        n = 1;
        }
        int rc = n < 0 ? err_set(e, ERR_CONFIG, "%s: %s", path, strerror(errno)) : 0;
        close(fd);
        return rc;
}

struct yaml *yaml_load_file(const char *path, struct err *e)
{
        struct buf text;
        struct yaml *y = NULL;
        buf_init(&text);
        if (read_file(path, &text, e) == 0)
                y = yaml_load(path, buf_slice(&text), e);
        buf_done(&text);
        return y;
}

struct yaml *yaml_free(struct yaml *y)
{
        if (y) {
                arena_free(y->arena);
                free(y);
        }
        return NULL;
}

const struct yaml_node *yaml_root(const struct yaml *y)
{
        return y->root;
}

const char *yaml_name(const struct yaml *y)
{
        return y->name;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
        if (map == NULL || map->kind != YAML_MAP)
                return NULL;
        for (size_t i = 0; i < map->count; i++) {
                if (strcmp(map->keys[i]->text, key) == 0)
                        return map->items[i];
        }
        return NULL;
}
