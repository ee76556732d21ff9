// From message type to columns. A field makes one column, but a singular message that is not a well-known one
// makes the columns of its fields, named a_b. What would nest for ever or has no scalar form becomes jsonb.
#include "hub/pg/bi.h"

#include <stdio.h>

#include "hub/base/map.h"
#include "hub/msg/wire.h"

const struct cell_type cell_types[CELL_COUNT] = {
        [CELL_BOOL] = { "boolean", 16 },
        [CELL_INT4] = { "integer", 23 },
        [CELL_INT8] = { "bigint", 20 },
        [CELL_UINT4] = { "bigint", 20 },
        [CELL_UINT8] = { "numeric(20)", 1700 },
        [CELL_REAL] = { "real", 700 },
        [CELL_DOUBLE] = { "double precision", 701 },
        [CELL_TEXT] = { "text", 25 },
        [CELL_BYTES] = { "bytea", 17 },
        [CELL_ENUM] = { "text", 25 },
        [CELL_DECIMAL] = { "numeric", 1700 },
        [CELL_TIMESTAMP] = { "timestamp with time zone", 1184 },
        [CELL_INTERVAL] = { "interval", 1186 },
        [CELL_MASK] = { "text", 25 },
        [CELL_JSON] = { "jsonb", 3802 },
};

static const enum cell scalar_cells[] = {
        [TYPE_DOUBLE] = CELL_DOUBLE, [TYPE_FLOAT] = CELL_REAL,    [TYPE_INT64] = CELL_INT8,
        [TYPE_UINT64] = CELL_UINT8,  [TYPE_INT32] = CELL_INT4,    [TYPE_FIXED64] = CELL_UINT8,
        [TYPE_FIXED32] = CELL_UINT4, [TYPE_BOOL] = CELL_BOOL,     [TYPE_STRING] = CELL_TEXT,
        [TYPE_BYTES] = CELL_BYTES,   [TYPE_UINT32] = CELL_UINT4,  [TYPE_ENUM] = CELL_ENUM,
        [TYPE_SFIXED32] = CELL_INT4, [TYPE_SFIXED64] = CELL_INT8, [TYPE_SINT32] = CELL_INT4,
        [TYPE_SINT64] = CELL_INT8,
};

// Names that PostgreSQL keeps for itself in every table.
static const char *const reserved[] = { "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid" };

// Where the walk stands: the message type, and what stands before its fields' names.
struct place {
        const struct place *up;
        const struct mtype *type;
        const char *prefix, *path; // "a_" and "a.", or ""
        const char *comment;       // of the field that holds the message
};

struct walk {
        struct table *t;
        struct buf *problems;
        struct map *names; // column name -> path
        size_t problem_count;
        bool full; // COLUMN_MAX or PROBLEM_MAX was reached: types may branch without end, so the walk stops
};

static void add_place(struct buf *b, const struct mtype *type, int line)
{
        buf_add_str(b, type->file);
        if (line > 0)
                buf_printf(b, ":%d", line);
        buf_add_str(b, ": ");
}

// Begins a line about a field of that type; the caller writes what is wrong with it.
static struct buf *problem(struct walk *w, const struct mtype *type, const struct field *f, const char *path)
{
        if (++w->problem_count >= PROBLEM_MAX)
                w->full = true;
        add_place(w->problems, type, f->line);
        buf_printf(w->problems, "%s.%s: ", w->t->schema->root->full_name, path);
        return w->problems;
}

// The cell of one value of the field, whatever its label. False: a message that makes columns of its own.
static bool cell_of(const struct field *f, enum cell *cell, bool *wrapper)
{
        *wrapper = false;
        if (f->type != TYPE_MESSAGE) {
                *cell = scalar_cells[f->type];
                return true;
        }
        switch (f->message->well_known) {
        case WK_TIMESTAMP:
                *cell = CELL_TIMESTAMP;
                return true;
        case WK_DURATION:
                *cell = CELL_INTERVAL;
                return true;
        case WK_FIELD_MASK:
                *cell = CELL_MASK;
                return true;
        case WK_WRAPPER:
                *cell = scalar_cells[f->message->fields[0].type];
                *wrapper = true;
                return true;
        case WK_ANY:
        case WK_STRUCT:
        case WK_VALUE:
        case WK_LIST_VALUE:
        case WK_EMPTY:
                *cell = CELL_JSON;
                return true;
        case WK_NONE:
                break;
        }
        *cell = CELL_JSON;
        return f->message->count == 0; // without fields: jsonb tells that it was there
}

static bool nests_in_itself(const struct place *at, const struct mtype *type)
{
        for (; at != NULL; at = at->up)
                if (at->type == type)
                        return true;
        return false;
}

// "Bụi mịn | Fine dust" with a unit and the mark of personal data in both languages.
static const char *column_comment(struct arena *a, const struct field *f, const char *outer)
{
        const char *text = *f->comment ? f->comment : outer;
        const char *split = strstr(text, " | ");
        if (*f->unit == '\0' && !f->personal)
                return text;
        const char *gap = *text ? " " : "";
        const char *unit_vi = *f->unit ? arena_printf(a, "[đơn vị: %s]", f->unit) : "";
        const char *unit_en = *f->unit ? arena_printf(a, "[unit: %s]", f->unit) : "";
        const char *both = *f->unit && f->personal ? " " : "";
        const char *personal_vi = f->personal ? "[dữ liệu cá nhân]" : "";
        const char *personal_en = f->personal ? "[personal data]" : "";
        if (split == NULL)
                return arena_printf(a, "%s%s%s%s%s | %s%s%s", text, gap, unit_vi, both, personal_vi, unit_en,
                                    both, personal_en);
        return arena_printf(a, "%.*s%s%s%s%s%s%s%s%s%s", (int)(split - text), text, gap, unit_vi, both,
                            personal_vi, split, gap, unit_en, both, personal_en);
}

// Lower case; NULL (and a problem) where it is no name that we take.
static const char *column_name(struct walk *w, const struct place *at, const struct field *f,
                               const char *path)
{
        char *name = arena_printf(w->t->arena, "%s%s", at->prefix, f->column);
        size_t n = 0;
        for (; name[n] != '\0'; n++) {
                if (name[n] >= 'A' && name[n] <= 'Z')
                        name[n] = (char)(name[n] + ('a' - 'A'));
                bool letter = name[n] >= 'a' && name[n] <= 'z';
                if (!letter && (n == 0 || !((name[n] >= '0' && name[n] <= '9') || name[n] == '_'))) {
                        buf_printf(
                            problem(w, at->type, f, path),
                            "column name \"%s\" must start with a letter and hold only a-z, 0-9 and _; "
                            "set option (iochub.v1.field).column\n",
                            name);
                        return NULL;
                }
        }
        for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
                if (strcmp(name, reserved[i]) == 0) {
                        buf_printf(problem(w, at->type, f, path),
                                   "PostgreSQL keeps the name \"%s\" for itself; set option "
                                   "(iochub.v1.field).column\n",
                                   name);
                        return NULL;
                }
        if (n > NAME_MAX_BYTES) {
                buf_printf(problem(w, at->type, f, path),
                           "column name \"%s\" has %zu bytes and PostgreSQL takes %d; set option "
                           "(iochub.v1.field).column\n",
                           name, n, NAME_MAX_BYTES);
                return NULL;
        }
        char *other = map_set(w->names, slice_str(name), arena_strdup(w->t->arena, path));
        if (other != NULL) {
                buf_printf(problem(w, at->type, f, path),
                           "column \"%s\" is made by field %s already; set option "
                           "(iochub.v1.field).column of one\n",
                           name, other);
                return NULL;
        }
        return name;
}

static struct plan_step *step_add(struct table *t, enum plan_kind kind, uint32_t slot)
{
        if (t->step_count == t->step_cap) {
                size_t cap = t->step_cap ? 2 * t->step_cap : 64;
                struct plan_step *steps = arena_alloc(t->arena, cap * sizeof *steps);
                if (t->step_count > 0)
                        memcpy(steps, t->steps, t->step_count * sizeof *steps);
                t->steps = steps, t->step_cap = cap;
        }
        struct plan_step *s = &t->steps[t->step_count++];
        *s = (struct plan_step){ .kind = kind, .slot = slot };
        return s;
}

static struct column *column_add(struct table *t)
{
        if (t->column_count == t->column_cap) {
                size_t cap = t->column_cap ? 2 * t->column_cap : 32;
                struct column *columns = arena_alloc(t->arena, cap * sizeof *columns);
                if (t->column_count > 0)
                        memcpy(columns, t->columns, t->column_count * sizeof *columns);
                t->columns = columns, t->column_cap = cap;
        }
        return &t->columns[t->column_count++];
}

static struct slice *enum_names(struct arena *a, const struct etype *e)
{
        struct slice *names = arena_zalloc(a, ENUM_DIRECT * sizeof *names);
        for (size_t i = e->count; i-- > 0;) // the first of aliases wins, as in protobuf's JSON
                if (e->values[i].number >= 0 && e->values[i].number < ENUM_DIRECT)
                        names[e->values[i].number] = slice_str(e->values[i].name);
        return names;
}

static void add_column(struct walk *w, const struct place *at, const struct field *f, struct column c)
{
        struct arena *a = w->t->arena;
        if (w->t->column_count >= COLUMN_MAX) {
                if (!w->full)
                        buf_printf(problem(w, at->type, f, c.path),
                                   "the message makes more than %d columns; keep a part of it as jsonb, with "
                                   "option (iochub.v1.field).type = JSONB\n",
                                   COLUMN_MAX);
                w->full = true;
                return;
        }
        if (f->column_type == COLUMN_NUMERIC)
                c.cell = CELL_DECIMAL;
        c.name = column_name(w, at, f, c.path);
        if (c.name == NULL)
                return;
        c.field = f;
        c.comment = column_comment(a, f, at->comment);
        c.presence = f->presence && !f->repeated;
        if (c.cell == CELL_ENUM)
                c.names = enum_names(a, f->enumeration);
        step_add(w->t, PLAN_COLUMN, f->index)->column = (uint32_t)w->t->column_count;
        *column_add(w->t) = c;
}

static void add_fields(struct walk *w, const struct place *at, size_t depth);

static void add_nested(struct walk *w, const struct place *at, const struct field *f, const char *path,
                       size_t depth)
{
        struct table *t = w->t;
        if (depth >= WIRE_DEPTH) {
                buf_printf(problem(w, at->type, f, path),
                           "messages nest deeper than %d, which the hub does not read\n", WIRE_DEPTH);
                return;
        }
        struct place inner = {
                .up = at,
                .type = f->message,
                .prefix = arena_printf(t->arena, "%s%s_", at->prefix, f->column),
                .path = arena_printf(t->arena, "%s.", path),
                .comment = f->comment,
        };
        size_t step = t->step_count, first = t->column_count;
        step_add(t, PLAN_ENTER, f->index);
        add_fields(w, &inner, depth + 1);
        step_add(t, PLAN_LEAVE, 0);
        t->steps[step].columns = (uint32_t)(t->column_count - first);
        t->steps[step].past = (uint32_t)t->step_count;
}

static void add_field(struct walk *w, const struct place *at, const struct field *f, size_t depth)
{
        struct column c = { .path = arena_printf(w->t->arena, "%s%s", at->path, f->name) };
        bool scalar = cell_of(f, &c.cell, &c.wrapper);
        bool json = f->map || f->column_type == COLUMN_JSONB || (f->repeated && c.cell == CELL_JSON);
        if (json || (!scalar && nests_in_itself(at, f->message))) {
                c.cell = CELL_JSON, c.wrapper = false;
                add_column(w, at, f, c);
        } else if (scalar) {
                c.array = f->repeated;
                add_column(w, at, f, c);
        } else {
                add_nested(w, at, f, c.path, depth);
        }
}

static void add_fields(struct walk *w, const struct place *at, size_t depth)
{
        if (depth > w->t->depth)
                w->t->depth = depth;
        for (size_t i = 0; i < at->type->count && !w->full; i++)
                add_field(w, at, &at->type->fields[i], depth);
}

static int mark_keys(struct walk *w)
{
        struct table *t = w->t;
        const struct dataset *d = t->schema->dataset;
        t->key = arena_zalloc(t->arena, (d->key_count + 1) * sizeof *t->key);
        for (size_t k = 0; k < d->key_count; k++) {
                for (size_t i = 0; i < t->column_count; i++)
                        if (t->columns[i].field == d->key[k] && strchr(t->columns[i].path, '.') == NULL)
                                t->key[k] = &t->columns[i], t->columns[i].key = true;
                if (t->key[k] == NULL)
                        return 1; // its column is a problem already
                if (t->key[k]->array || t->key[k]->cell == CELL_JSON) {
                        buf_printf(problem(w, t->schema->root, t->key[k]->field, t->key[k]->path),
                                   "a key column must hold one scalar\n");
                        return 1;
                }
        }
        return 0;
}

// A row stays in one page of PostgreSQL (MaxHeapTupleSize), but for values that have no fixed size: those can
// move out and leave 18 bytes behind. What could never be stored with all its numbers and times is no table.
static int check_row(struct table *t, struct buf *problems)
{
        static const uint8_t fixed[CELL_COUNT] = {
                [CELL_BOOL] = 1,  [CELL_INT4] = 4,    [CELL_INT8] = 8,      [CELL_UINT4] = 8,
                [CELL_REAL] = 4,  [CELL_DOUBLE] = 8,  [CELL_TIMESTAMP] = 8, [CELL_INTERVAL] = 16,
                [CELL_UINT8] = 3, [CELL_DECIMAL] = 3,
        };
        size_t bytes = SYSTEM_BYTES;
        for (size_t i = 0; i < t->column_count; i++) {
                size_t n = t->columns[i].array ? 0 : fixed[t->columns[i].cell];
                bytes += n ? n : 1;
        }
        if (bytes <= ROW_MAX_BYTES)
                return 0;
        add_place(problems, t->schema->root, t->schema->root->line);
        buf_printf(
            problems,
            "%s: a row with all of its numbers and times takes %zu bytes and PostgreSQL takes %d; make two "
            "datasets, or keep a part of it as jsonb, with option (iochub.v1.field).type = JSONB\n",
            t->schema->root->full_name, bytes, ROW_MAX_BYTES);
        return 1;
}

int plan_build(struct table *t, struct buf *problems)
{
        struct walk w = { .t = t, .problems = problems, .names = map_new() };
        struct place root = { .type = t->schema->root, .prefix = "", .path = "", .comment = "" };
        size_t before = problems->n;
        add_fields(&w, &root, 1);
        map_free(w.names);
        int rc = mark_keys(&w);
        if (!w.full)
                rc |= check_row(t, problems);
        if (rc == 0 && table_upserts(t) && t->schema->dataset->key_count == 0) {
                add_place(problems, t->schema->root, t->schema->root->line);
                buf_printf(problems, "%s: mode UPSERT needs key fields\n", t->schema->root->full_name);
                rc = 1;
        }
        if (bi_reserved(t->schema->dataset->table)) {
                add_place(problems, t->schema->root, t->schema->root->line);
                buf_printf(
                    problems,
                    "%s: dataset name %s: names `ngay` and those ending in `-lich-su` and `-dinh-chinh` "
                    "are kept for views; choose another\n",
                    t->schema->root->full_name, t->schema->dataset->name);
                rc = 1;
        }
        return rc != 0 || problems->n != before;
}
