// What the dataset is: its mode, its key, its event time, and who may be known from it.
#include <stdio.h>

#include "hub/base/clock.h"
#include "hub/cli/schema_init.h"

static int unknown_column(struct draft *d, const char *option, const char *word)
{
        const char *names[INIT_COLUMNS_MAX];
        size_t count = 0;
        for (size_t i = 0; i < d->count; i++) {
                if (d->columns[i].number)
                        names[count++] = d->columns[i].name;
        }
        const char *near = text_nearest(word, names, count);
        return cli_refuse(EXIT_BAD_USE, "--%s: %s has no column `%s`%s%s%s", option, d->path, word,
                          near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
}

int draft_find_keys(struct draft *d)
{
        const struct init_options *o = d->options;
        if (o->key.count > INIT_KEYS_MAX)
                return cli_refuse(EXIT_BAD_USE, "--key may be given %d times", INIT_KEYS_MAX);
        for (size_t i = 0; i < o->key.count; i++) {
                struct draft_column *c = draft_find(d, o->key.items[i]);
                if (c == NULL)
                        return unknown_column(d, "key", o->key.items[i]);
                if (c->key)
                        return cli_refuse(EXIT_BAD_USE, "--key names `%s` twice", o->key.items[i]);
                c->key = true;
                c->code = true; // a key is a name, whatever it is made of
                d->keys[d->key_count++] = (size_t)(c - d->columns);
        }
        if (o->event_time && draft_find(d, o->event_time) == NULL)
                return unknown_column(d, "event-time", o->event_time);
        return EXIT_DONE;
}

static bool is_unique(const struct draft_column *c)
{
        return c->number && c->answer.always && c->guess.seen.repeat_line == 0 && !c->guess.seen.given_up;
}

static bool can_be_key(const struct draft_column *c)
{
        return c->answer.kind == GUESS_TEXT || c->answer.kind == GUESS_INTEGER;
}

// The first column whose values are all there and all different; one that is called a code before others. A
// few rows prove nothing of a column that is not called so, and long text is no key.
static const struct draft_column *find_key(const struct draft *d)
{
        const struct draft_column *found = NULL;
        for (size_t i = 0; i < d->count; i++) {
                const struct draft_column *c = &d->columns[i];
                if (!is_unique(c) || !can_be_key(c) || c->guess.longest > 100)
                        continue;
                if (c->code)
                        return c;
                if (found == NULL && d->rows >= 20 && c->answer.kind == GUESS_TEXT && c->guess.longest <= 50)
                        found = c;
        }
        return found;
}

// Days from then to now, with a year of room.
static uint32_t past_days(int64_t earliest, int64_t now)
{
        int64_t days = (now - earliest) / INIT_DAY;
        return days <= 300 ? 0 : (uint32_t)((days / 366 + 2) * 366);
}

// Few times in the future are slips; many are deadlines.
static bool can_be_event(const struct draft_column *c)
{
        const struct guess_answer *a = &c->answer;
        return c->number && a->kind == GUESS_TIME && a->always &&
               a->way->early + a->way->late <= (a->way->read >= 50 ? a->way->read / 50 : 1);
}

static const struct draft_column *find_event(const struct draft *d)
{
        const struct draft_column *found = NULL;
        size_t best = 0;
        for (size_t i = 0; i < d->count; i++) {
                const struct draft_column *c = &d->columns[i];
                size_t rank = can_be_event(c) && c->personal == NOT_PERSONAL ? column_event_rank(c) : 0;
                if (rank == 0 || (found && rank >= best))
                        continue;
                found = c;
                best = rank;
        }
        return found;
}

static int set_event(struct draft *d)
{
        const char *given = d->options->event_time;
        int64_t now = clock_now();
        d->event = given ? draft_find(d, given) : find_event(d);
        if (d->event == NULL)
                return EXIT_DONE;
        const struct guess_answer *a = &d->event->answer;
        if (a->kind != GUESS_TIME)
                return cli_refuse(EXIT_ABSENT,
                                  "--event-time: column `%s` does not hold times that iochub can read",
                                  d->event->header);
        d->past_days = past_days(a->way->earliest, now);
        if (d->past_days > INIT_PAST_DAYS)
                d->past_days = INIT_PAST_DAYS;
        if (!can_be_event(d->event) && a->way->late)
                d->future_hours = (uint32_t)((a->way->latest - now) / INIT_DAY + 2) * 24;
        if (d->future_hours > 24 * INIT_PAST_DAYS)
                d->future_hours = 24 * INIT_PAST_DAYS;
        return EXIT_DONE;
}

// What names and values say of persons. Values count where nearly all are of that form.
static void find_personal(struct draft *d)
{
        for (size_t i = 0; i < d->count; i++) {
                struct draft_column *c = &d->columns[i];
                const struct guess *g = &c->guess;
                uint64_t most = g->filled - g->filled / 10;
                if (c->number == 0)
                        continue;
                if (column_is_personal(c))
                        c->personal = BY_NAME;
                else if (g->filled && (g->emails >= most || g->phones >= most ||
                                       (g->twelve_digits >= most && !c->key && g->leading_zero)))
                        c->personal = BY_VALUES;
                d->personal |= c->personal != NOT_PERSONAL;
        }
}

static int check_key(const struct draft *d)
{
        for (size_t i = 0; i < d->key_count; i++) {
                const struct draft_column *c = &d->columns[d->keys[i]];
                if (!can_be_key(c) && c->answer.kind != GUESS_TIME && c->answer.kind != GUESS_BOOL)
                        return cli_refuse(
                            EXIT_ABSENT, "--key: column `%s` %s; a key is text, a whole number or a time",
                            c->header, c->answer.kind == GUESS_EMPTY ? "is empty" : "holds decimal numbers");
                if (!c->answer.always)
                        cli_note("iochub: %s: %llu rows have no `%s`, a key field: they will be refused",
                                 d->path, (unsigned long long)(c->guess.rows - c->answer.filled), c->header);
        }
        if (d->key_seen.repeat_line)
                cli_note("iochub: %s:%llu: the key of this row was there before: the later row replaces the "
                         "earlier one",
                         d->path, (unsigned long long)d->key_seen.repeat_line);
        return EXIT_DONE;
}

static int set_key(struct draft *d)
{
        enum init_mode wanted = (enum init_mode)d->options->mode;
        if (d->key_count == 0 && wanted != INIT_APPEND) {
                const struct draft_column *key = find_key(d);
                if (key) {
                        d->keys[d->key_count++] = (size_t)(key - d->columns);
                        d->columns[d->keys[0]].key = true;
                } else if (wanted == INIT_UPSERT) {
                        return cli_refuse(
                            EXIT_ABSENT,
                            "%s: no column's values are all there and all different; name the key's "
                            "columns: --key COLUMN, once for each",
                            d->path);
                }
        }
        d->mode = wanted != INIT_AUTO ? wanted : d->key_count ? INIT_UPSERT : INIT_APPEND;
        return check_key(d);
}

int draft_plan(struct draft *d)
{
        for (size_t i = 0; i < d->count; i++) {
                struct draft_column *c = &d->columns[i];
                guess_answer(&c->guess, c->code, d->format.delimiter == ';', &c->answer);
        }
        find_personal(d);
        int code = set_key(d);
        return code == EXIT_DONE ? set_event(d) : code;
}
