#include "connectors/csv/cursor.h"

#include <stdlib.h>

#include "hub/base/digest.h"
#include "hub/base/text.h"

void csv_cursor_init(struct csv_cursor *c)
{
        *c = (struct csv_cursor){ 0 };
}

static void place_free(struct csv_place *p)
{
        free(p->name);
        free(p);
}

void csv_cursor_done(struct csv_cursor *c)
{
        for (size_t i = 0; i < c->count; i++)
                place_free(c->places[i]);
        free(c->places);
        free(c->floor);
        csv_cursor_init(c);
}

// The first place whose name is not less.
static size_t lower_bound(const struct csv_cursor *c, const char *name)
{
        size_t low = 0, high = c->count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (strcmp(c->places[middle]->name, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

struct csv_place *csv_cursor_find(const struct csv_cursor *c, const char *name)
{
        size_t i = lower_bound(c, name);
        return i < c->count && strcmp(c->places[i]->name, name) == 0 ? c->places[i] : NULL;
}

struct csv_place *csv_cursor_add(struct csv_cursor *c, const char *name)
{
        size_t i = lower_bound(c, name);
        if (i < c->count && strcmp(c->places[i]->name, name) == 0)
                return c->places[i];
        if (c->count == c->room) {
                c->room = c->room ? c->room * 2 : 16;
                c->places = reallocarray(c->places, c->room, sizeof(*c->places));
                if (c->places == NULL)
                        abort();
        }
        struct csv_place *p = calloc(1, sizeof(*p));
        if (p == NULL || (p->name = strdup(name)) == NULL)
                abort();
        p->line = 1;
        p->recheck = c->floor && strcmp(name, c->floor) <= 0;
        memmove(c->places + i + 1, c->places + i, (c->count - i) * sizeof(*c->places));
        c->places[i] = p;
        c->count++;
        return p;
}

bool csv_cursor_forget(struct csv_cursor *c, bool (*present)(const void *self, const char *name),
                       const void *self)
{
        for (size_t i = 0; i < c->count; i++) {
                struct csv_place *p = c->places[i];
                if (present(self, p->name))
                        continue;
                if (c->floor == NULL || strcmp(p->name, c->floor) > 0) {
                        free(c->floor);
                        c->floor = p->name;
                        p->name = NULL;
                }
                place_free(p);
                c->count--;
                memmove(c->places + i, c->places + i + 1, (c->count - i) * sizeof(*c->places));
                return true;
        }
        return false;
}

// A 64-bit mix of what the chain was and the row's SHA-256: cheap, and the same on every machine.
void csv_chain(uint8_t chain[CSV_DIGEST], const uint8_t row[CSV_DIGEST])
{
        uint64_t was = (uint64_t)get_be32(chain) << 32 | get_be32(chain + 4);
        uint64_t is = (uint64_t)get_be32(row) << 32 | get_be32(row + 4);
        uint64_t mixed = (was ^ is) * 0x9e3779b97f4a7c15u;
        put_be64(chain, mixed ^ mixed >> 32);
}

void csv_cursor_write(const struct csv_cursor *c, struct buf *out)
{
        buf_add_str(out, "csv 1\n");
        if (c->floor)
                buf_printf(out, "floor %s\n", c->floor);
        for (size_t i = 0; i < c->count; i++) {
                const struct csv_place *p = c->places[i];
                char digest[2 * CSV_DIGEST + 1], chain[2 * CSV_DIGEST + 1];
                hex_encode(p->digest, CSV_DIGEST, digest);
                hex_encode(p->chain, CSV_DIGEST, chain);
                buf_printf(out, "%llu %llu %llu %llu %llu %llu %llu %s %s %s %s\n",
                           (unsigned long long)p->offset, (unsigned long long)p->row,
                           (unsigned long long)p->line, (unsigned long long)p->records,
                           (unsigned long long)p->size, (unsigned long long)p->changed,
                           (unsigned long long)p->inode, digest, chain, p->recheck ? "r" : "-", p->name);
        }
}

// Up to the separator, which is taken off; false where there is none.
static bool cut(struct slice *rest, char separator, struct slice *word)
{
        const uint8_t *at = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
        if (at == NULL)
                return false;
        *word = slice_of(rest->p, (size_t)(at - rest->p));
        *rest = slice_of(at + 1, rest->n - word->n - 1);
        return true;
}

static bool cut_number(struct slice *rest, uint64_t *out)
{
        struct slice word;
        return cut(rest, ' ', &word) && text_uint64(word, out) == 0 && *out <= INT64_MAX;
}

// A base name: no path, no control characters, so that it can stand in a line and in a position.
static bool copy_name(struct slice s, char name[CSV_NAME_MAX + 1])
{
        if (s.n == 0 || s.n > CSV_NAME_MAX || memchr(s.p, '/', s.n) || memchr(s.p, '\0', s.n) ||
            !text_is_utf8(s))
                return false;
        memcpy(name, s.p, s.n);
        name[s.n] = '\0';
        return true;
}

static bool cut_digest(struct slice *rest, uint8_t out[CSV_DIGEST])
{
        struct slice word;
        char hex[2 * CSV_DIGEST + 1];
        if (!cut(rest, ' ', &word) || word.n != 2 * CSV_DIGEST)
                return false;
        memcpy(hex, word.p, word.n);
        hex[word.n] = '\0';
        return hex_decode(hex, out, CSV_DIGEST) == 0;
}

static bool read_place(struct csv_cursor *c, struct slice line)
{
        struct csv_place p = { 0 };
        struct slice flags;
        char name[CSV_NAME_MAX + 1];
        if (!cut_number(&line, &p.offset) || !cut_number(&line, &p.row) || !cut_number(&line, &p.line) ||
            !cut_number(&line, &p.records) || !cut_number(&line, &p.size) || !cut_number(&line, &p.changed) ||
            !cut_number(&line, &p.inode) || !cut_digest(&line, p.digest) || !cut_digest(&line, p.chain) ||
            !cut(&line, ' ', &flags))
                return false;
        if (p.row > p.offset || p.line == 0 || !copy_name(line, name))
                return false;
        if (!slice_eq_str(flags, "r") && !slice_eq_str(flags, "-"))
                return false;
        if (c->count == CSV_FILES_MAX || csv_cursor_find(c, name))
                return false;
        struct csv_place *to = csv_cursor_add(c, name);
        p.name = to->name;
        p.recheck = flags.p[0] == 'r';
        *to = p;
        return true;
}

int csv_cursor_read(struct csv_cursor *c, struct slice text)
{
        struct slice line;
        bool good = text.n <= SOURCE_CURSOR_MAX && cut(&text, '\n', &line) && slice_eq_str(line, "csv 1");
        while (good && text.n > 0) {
                char name[CSV_NAME_MAX + 1];
                good = cut(&text, '\n', &line);
                if (!good)
                        break;
                if (line.n > 6 && memcmp(line.p, "floor ", 6) == 0) {
                        good = c->floor == NULL && c->count == 0 &&
                               copy_name(slice_of(line.p + 6, line.n - 6), name);
                        c->floor = good ? strdup(name) : c->floor;
                } else {
                        good = read_place(c, line);
                }
        }
        if (!good)
                csv_cursor_done(c);
        return good ? 0 : 1;
}
