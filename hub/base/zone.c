// The system's zone files are read through libc: the offset is probed day by day from 1900 to 2200 and each
// change is found by bisection. A change counts from the later of its two local readings, which gives fold=0.
#include "hub/base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "hub/base/clock.h"

#define DAY       86400
#define NAME_SIZE 64
#define FOLDER    "/usr/share/zoneinfo/"

struct change {
        int64_t local; // first local second that has the offset
        int32_t offset;
};

struct zone {
        char name[NAME_SIZE];
        int32_t first; // offset before all changes
        struct change *changes;
        size_t count;
        struct zone *next;
};

struct zones {
        struct zone *first;
};

struct zones *zones_new(void)
{
        struct zones *z = calloc(1, sizeof(*z));
        if (z == NULL)
                abort();
        return z;
}

struct zones *zones_free(struct zones *z)
{
        struct zone *next;
        for (struct zone *i = z ? z->first : NULL; i; i = next) {
                next = i->next;
                free(i->changes);
                free(i);
        }
        free(z);
        return NULL;
}

int32_t zone_offset(const struct zone *z, int64_t local_seconds)
{
        size_t low = 0, high = z->count; // changes before low are at or before the time
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (z->changes[middle].local <= local_seconds)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low == 0 ? z->first : z->changes[low - 1].offset;
}

static int32_t probe(int64_t instant)
{
        time_t t = (time_t)instant;
        struct tm tm;
        if (localtime_r(&t, &tm) == NULL)
                return 0;
        return (int32_t)tm.tm_gmtoff;
}

static void add_change(struct zone *z, int64_t instant, int32_t before, int32_t after)
{
        if ((z->count & (z->count - 1)) == 0) {
                size_t room = z->count ? z->count * 2 : 1;
                z->changes = reallocarray(z->changes, room, sizeof(*z->changes));
                if (z->changes == NULL)
                        abort();
        }
        int64_t local = instant + (before > after ? before : after);
        // Changes hours apart could cross in local time; the table must stay in order.
        if (z->count > 0 && local < z->changes[z->count - 1].local)
                local = z->changes[z->count - 1].local;
        z->changes[z->count++] = (struct change){ local, after };
}

// All changes in (low, high]; the offset at low is known.
static int32_t bisect_changes(struct zone *z, int64_t low, int64_t high, int32_t offset)
{
        int32_t last = probe(high);
        while (offset != last) {
                int64_t before = low, after = high;
                while (after - before > 1) {
                        int64_t middle = before + (after - before) / 2;
                        if (probe(middle) == offset)
                                before = middle;
                        else
                                after = middle;
                }
                int32_t changed = probe(after);
                add_change(z, after, offset, changed);
                offset = changed;
                low = after;
        }
        return last;
}

static void fill_table(struct zone *z)
{
        const char *set = getenv("TZ");
        char *saved = set ? strdup(set) : NULL;
        char value[NAME_SIZE + 1];
        snprintf(value, sizeof(value), ":%s", z->name);
        setenv("TZ", value, 1);
        tzset();
        int64_t at = civil_to_days(1900, 1, 1) * DAY, end = civil_to_days(2200, 1, 1) * DAY;
        int32_t offset = z->first = probe(at);
        for (; at < end; at += DAY)
                offset = bisect_changes(z, at, at + DAY, offset);
        if (saved)
                setenv("TZ", saved, 1);
        else
                unsetenv("TZ");
        tzset();
        free(saved);
}

// "+07:00", "-03:30", "UTC", "Z".
static bool fixed_offset(const char *name, int32_t *out)
{
        *out = 0;
        if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0)
                return true;
        if ((name[0] != '+' && name[0] != '-') || strlen(name) != 6 || name[3] != ':')
                return false;
        for (int i = 1; i < 6; i++) {
                if (i != 3 && (name[i] < '0' || name[i] > '9'))
                        return false;
        }
        int hours = (name[1] - '0') * 10 + name[2] - '0', minutes = (name[4] - '0') * 10 + name[5] - '0';
        if (hours > 18 || minutes > 59)
                return false;
        *out = (name[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
        return true;
}

// libc takes UTC for a name it does not know, so the file must be there, inside its folder.
static bool has_file(const char *name)
{
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
        size_t n = strlen(name);
        if (n == 0 || n >= NAME_SIZE || strspn(name, letters) != n || name[0] == '/')
                return false;
        char path[sizeof(FOLDER) + NAME_SIZE];
        struct stat st;
        snprintf(path, sizeof(path), FOLDER "%s", name);
        return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int zones_get(struct zones *zones, const char *name, const struct zone **out)
{
        for (const struct zone *i = zones->first; i; i = i->next) {
                if (strcmp(i->name, name) == 0) {
                        *out = i;
                        return 0;
                }
        }
        int32_t offset;
        bool fixed = fixed_offset(name, &offset);
        if (!fixed && !has_file(name))
                return 1;
        struct zone *z = calloc(1, sizeof(*z));
        if (z == NULL)
                abort();
        snprintf(z->name, sizeof(z->name), "%s", name);
        if (fixed)
                z->first = offset;
        else
                fill_table(z);
        z->next = zones->first;
        zones->first = z;
        *out = z;
        return 0;
}
