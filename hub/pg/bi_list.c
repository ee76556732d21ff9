// Views of list elements: bi.x__field, a row an element, with what says whose element it is (message id,
// agency, key, event time) and its place in the list. Elements that are messages become columns as singular
// messages do in tables; lists inside of them become views of their own.
#include "hub/pg/bi.h"

#include <ctype.h>

#define VIEWS_MAX 100 // of a dataset; lists inside of lists stay jsonb beyond
#define NEST_MAX  32

// A list on the way to its view.
struct list_view {
        const struct field *f;
        const char *name;   // of the view
        const char *source; // FROM so far
        const char *items;  // SQL of the list
        bool array;         // a PostgreSQL array, not jsonb
        const char *path;   // of the field
        const char *about;
        const struct list_view *up; // the list that holds it
        const char *own;            // its own name, of columns that have to step aside
        size_t level;               // e<level> is its element
        struct list_view *next;     // lists that were met inside, to be made later
};

struct type_chain {
        const struct type_chain *up;
        const struct mtype *type;
};

// The view that is made, and what the walk through an element's message needs.
struct element {
        struct bi *bi;
        struct bi_view *v;
        struct list_view *list;
        struct list_view *last; // of list->next
};

static const struct mtype *element_type(const struct field *f)
{
        const struct field *value = f->map ? &f->message->fields[1] : f;
        bool fields =
            value->type == TYPE_MESSAGE && value->message->well_known == WK_NONE && value->message->count > 0;
        return fields ? value->message : NULL;
}

// A list of what can be columns: scalars, messages with fields.
static bool can_be_view(const struct field *f)
{
        if (!f->repeated)
                return false;
        return element_type(f) != NULL || bi_json_scalar(f->map ? &f->message->fields[1] : f);
}

bool bi_list_replaces(const struct column *c)
{
        return c->cell == CELL_JSON && !c->array && can_be_view(c->field);
}

static char *lower(struct arena *a, const char *text)
{
        char *out = arena_strdup(a, text);
        for (char *p = out; *p; p++)
                *p = (char)tolower((unsigned char)*p);
        return out;
}

static void walk(struct element *e, const struct type_chain *chain, const char *json, const char *owner,
                 const char *prefix, const char *path, size_t depth);

static bool among(const struct type_chain *chain, const struct mtype *type)
{
        for (; chain != NULL; chain = chain->up)
                if (chain->type == type)
                        return true;
        return false;
}

static const char *inner_name(struct bi *bi, const char *outer, const char *own)
{
        const char *name = bi_name(bi->a, arena_printf(bi->a, "%s__%s", outer, own), "");
        while (map_set(bi->names, slice_str(name), bi) != NULL) {
                own = arena_printf(bi->a, "tdl_%s", own);
                name = bi_name(bi->a, arena_printf(bi->a, "%s__%s", outer, own), "");
        }
        return name;
}

static void put_off(struct element *e, const struct field *f, const char *json, const char *name,
                    const char *path)
{
        struct arena *a = e->bi->a;
        struct list_view *inner = arena_zalloc(a, sizeof(*inner));
        const struct list_view *up = e->list;
        *inner = (struct list_view){
                .f = f,
                .name = inner_name(e->bi, up->name, name),
                .source = up->source,
                .items = json,
                .path = path,
                .about = *f->comment ? arena_printf(a, "%s: %s", up->about, bi_vietnamese(a, f->comment))
                                     : up->about,
                .up = up,
                .own = name,
                .level = up->level + 1,
        };
        e->bi->views++;
        *(e->last ? &e->last->next : &e->list->next) = inner;
        e->last = inner;
}

static void add_value(struct element *e, const char *name, const char *value, const struct field *f,
                      const char *path)
{
        // As its type says, not its wire: text and numeric are two things to who reads the view.
        const char *as = f->column_type == COLUMN_NUMERIC ? " as numeric" : "";
        bi_view_make(e->v, name, "", e->list->own, value, f->comment,
                     arena_printf(e->bi->a, "list %s%s", path, as));
        if (f->type == TYPE_ENUM && !f->repeated)
                bi_view_reading(e->v, name, path, f->enumeration, value, f->comment);
}

static void walk_field(struct element *e, const struct type_chain *chain, const struct field *f,
                       const char *owner_json, const char *owner, const char *prefix, const char *up_path,
                       size_t depth)
{
        struct arena *a = e->bi->a;
        const char *json = arena_printf(a, "(%s -> '%s')", owner_json, f->name);
        const char *name = arena_printf(a, "%s%s", prefix, lower(a, f->column));
        const char *path = arena_printf(a, "%s.%s", up_path, f->name);
        const struct mtype *type = element_type(f);
        bool again = type != NULL && among(chain, type);
        bool scalar = bi_json_scalar(f) && !f->map;
        if (f->repeated && (f->map || !scalar)) {
                if (can_be_view(f) && !again && e->bi->views < VIEWS_MAX)
                        put_off(e, f, json, name, path);
                else
                        add_value(e, name, json, f, path);
        } else if (f->repeated) {
                add_value(e, name, bi_json_array(a, f, json), f, path);
        } else if (scalar) {
                add_value(e, name, bi_json_value(a, f, json, owner), f, path);
        } else if (type == NULL || again || f->column_type == COLUMN_JSONB || depth >= NEST_MAX) {
                add_value(e, name, json, f, path);
        } else {
                const struct type_chain here = { chain, type };
                walk(e, &here, json, json, arena_printf(a, "%s_", name), path, depth + 1);
        }
}

// The fields of the message in `json`, which chain names; owner as for bi_json_value.
static void walk(struct element *e, const struct type_chain *chain, const char *json, const char *owner,
                 const char *prefix, const char *path, size_t depth)
{
        const struct mtype *m = chain->type;
        for (size_t i = 0; i < m->count && e->v->count < COLUMN_MAX; i++)
                walk_field(e, chain, &m->fields[i], json, owner, prefix, path, depth);
}

// Whose element it is.
static void add_parent(struct element *e)
{
        struct bi_view *v = e->v;
        struct bi *bi = e->bi;
        const struct column *event = bi_event_column(bi->t);
        if (event != NULL)
                bi_view_keep(v, event->name);
        for (const struct column *const *k = bi->t->key; *k != NULL; k++)
                bi_view_keep(v, (*k)->name);
        for (const struct column *const *k = bi->t->key; *k != NULL; k++)
                if (*k != event)
                        bi_view_add(v, (*k)->name, bi_expression(bi, *k), (*k)->comment,
                                    arena_printf(bi->a, "data %s", (*k)->path));
        for (size_t i = 0; i < system_column_count; i++) {
                const struct system_column *c = &system_columns[i];
                bool receipt = strcmp(c->name, "_received_at") == 0 && event == NULL;
                if (strcmp(c->name, "_agency") == 0 || strcmp(c->name, "_message_id") == 0 || receipt)
                        bi_view_system(v, c, "d");
                if (receipt)
                        bi_view_day(v, c->reading, "d.\"_received_at\"", c->comment, c->name);
        }
        if (event != NULL) {
                const char *value = bi_expression(bi, event);
                bi_view_add(v, event->name, value, event->comment,
                            arena_printf(bi->a, "data %s", event->path));
                bi_view_day(v, event->name, value, event->comment, event->path);
        }
}

// Places in this list and those that hold it, and of a map the key.
static void add_places(struct element *e, const struct list_view *l)
{
        struct arena *a = e->bi->a;
        if (l->up != NULL)
                add_places(e, l->up);
        bool own = l == e->list;
        const char *of = own ? "" : arena_printf(a, "_%s", l->own);
        if (!l->f->map) {
                bi_view_make(e->v, arena_printf(a, "thu_tu%s", of), "", "tdl",
                             arena_printf(a, "e%zu.nth", l->level), "Thứ tự trong danh sách, từ 1",
                             arena_printf(a, "place %s", l->path));
                return;
        }
        const struct field *key = &l->f->message->fields[0];
        const char *text = arena_printf(a, "e%zu.key", l->level);
        if (key->type != TYPE_STRING)
                text = bi_json_value(a, key, arena_printf(a, "to_jsonb(%s)", text), NULL);
        bi_view_make(e->v, arena_printf(a, "khoa%s", of), "", "tdl", text, "Khoá",
                     arena_printf(a, "key %s", l->path));
}

static void add_element(struct element *e)
{
        struct arena *a = e->bi->a;
        const struct list_view *l = e->list;
        const struct field *f = l->f->map ? &l->f->message->fields[1] : l->f;
        const struct mtype *type = element_type(l->f);
        const char *item = arena_printf(a, "e%zu.value", l->level);
        if (type != NULL) {
                const struct type_chain chain = { NULL, type };
                walk(e, &chain, item, NULL, "", l->path, 1);
                return;
        }
        const char *value = l->array ? item : bi_json_value(a, f, item, NULL);
        bi_view_make(e->v, "gia_tri", "", l->own, value, l->f->comment, arena_printf(a, "list %s", l->path));
        if (f->type == TYPE_ENUM)
                bi_view_reading(e->v, "gia_tri", l->path, f->enumeration, value, l->f->comment);
}

static void make_view(struct bi *bi, struct list_view *l)
{
        struct bi_view v;
        struct element e = { .bi = bi, .v = &v, .list = l };
        const char *open = l->f->map ? "jsonb_each" : l->array ? "unnest" : "jsonb_array_elements";
        l->source = arena_printf(bi->a, "%s CROSS JOIN LATERAL %s(%s)%s AS e%zu(%s)", l->source, open,
                                 l->items, l->f->map ? "" : " WITH ORDINALITY", l->level,
                                 l->f->map ? "key, value" : "value, nth");
        bi_view_init(&v, bi, l->name, l->source, bi_current(bi), l->about);
        add_parent(&e);
        add_places(&e, l);
        add_element(&e);
        bi_view_put(&v);
        bi_view_done(&v);
        for (struct list_view *inner = l->next, *next; inner != NULL; inner = next) {
                next = inner->next;
                inner->next = NULL;
                make_view(bi, inner);
        }
}

static const char *outer_name(struct bi *bi, const struct column *c)
{
        return bi_name(bi->a, arena_printf(bi->a, "%s__%s", bi->t->schema->dataset->table, c->name), "");
}

static bool has_view(const struct column *c)
{
        return c->array || bi_list_replaces(c);
}

void bi_list_keep(struct bi *bi, const struct column *c)
{
        if (has_view(c))
                (void)map_set(bi->names, slice_str(outer_name(bi, c)), bi);
}

void bi_list_views(struct bi *bi, const struct column *c)
{
        struct arena *a = bi->a;
        if (!has_view(c))
                return;
        struct list_view l = {
                .f = c->field,
                .name = outer_name(bi, c),
                .source = bi_source(bi, "data"),
                .items = arena_printf(a, "d.\"%s\"", c->name),
                .array = c->array,
                .path = c->path,
                .about = arena_printf(a, "%s: %s", bi_title(bi),
                                      *c->comment ? bi_vietnamese(a, c->comment) : c->name),
                .own = c->name,
                .level = 1,
        };
        make_view(bi, &l);
}
