// Failpoints: IOCHUB_FAILPOINT=name:action[:nth=N | :every=N][,…] is read once, at the first hit of any of
// them. nth=N (1 where nothing is said) fires at the Nth hit only; every=N at each Nth. Firing is logged
// first, so that a test can see that its fault took place. A text that is not understood ends the process: a
// fault test without its fault is a lie.
#include "hub/base/failpoint.h"

#ifdef IOCHUB_FAILPOINTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/base/log.h"
#include "hub/base/text.h"

#define POINTS_MAX 16
#define NAME_SIZE  64

enum action { ACT_KILL, ACT_STOP, ACT_ERROR, ACT_SLEEP };
static const char *const action_names[] = { "kill", "stop", "error", "sleep" };

struct point {
        char name[NAME_SIZE];
        enum action action;
        int64_t sleep_ms;
        int64_t nth;   // 0: not by nth
        int64_t every; // 0: not by every
        atomic_llong hits;
};

static struct point points[POINTS_MAX];
static size_t point_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void refuse(const char *text)
{
        fprintf(stderr, "IOCHUB_FAILPOINT: not understood: \"%s\"\n", text);
        exit(78);
}

// The number behind "prefix=", from 1 on; -1 where word does not begin so.
static int64_t number_after(const char *word, const char *prefix)
{
        size_t n = strlen(prefix);
        int64_t v;
        if (strncmp(word, prefix, n) != 0 || text_int64(slice_str(word + n), &v) != 0 || v < 1)
                return -1;
        return v;
}

static bool parse_action(struct point *p, const char *word)
{
        for (size_t i = 0; i < ACT_SLEEP; i++) {
                if (strcmp(word, action_names[i]) == 0) {
                        p->action = (enum action)i;
                        return true;
                }
        }
        p->action = ACT_SLEEP;
        p->sleep_ms = number_after(word, "sleep=");
        return p->sleep_ms >= 1;
}

static void parse_point(struct point *p, char *text)
{
        char whole[256], *rest = NULL;
        snprintf(whole, sizeof(whole), "%s", text);
        const char *name = strtok_r(text, ":", &rest), *action = strtok_r(NULL, ":", &rest);
        const char *when = strtok_r(NULL, ":", &rest);
        if (name == NULL || action == NULL || strlen(name) >= NAME_SIZE || !parse_action(p, action) ||
            strtok_r(NULL, ":", &rest) != NULL)
                refuse(whole);
        snprintf(p->name, sizeof(p->name), "%s", name);
        if (when == NULL)
                p->nth = 1;
        else if (strncmp(when, "nth=", 4) == 0)
                p->nth = number_after(when, "nth=");
        else
                p->every = strcmp(when, "every") == 0 ? 1 : number_after(when, "every=");
        if (p->nth < 0 || p->every < 0)
                refuse(whole);
}

static void read_environment(void)
{
        const char *text = getenv("IOCHUB_FAILPOINT");
        if (text == NULL)
                return;
        char *copy = strdup(text), *rest = NULL;
        if (copy == NULL)
                abort();
        for (char *one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
                if (point_count == POINTS_MAX)
                        refuse(text);
                parse_point(&points[point_count++], one);
        }
        free(copy);
}

// True where the step must fail.
static bool fire(const struct point *p)
{
        log_warn("failpoint fires", F_STR("name", p->name), F_STR("action", action_names[p->action]));
        switch (p->action) {
        case ACT_KILL:
                kill(getpid(), SIGKILL);
                pause(); // another thread may be the first to die
                return false;
        case ACT_STOP:
                kill(getpid(), SIGSTOP);
                return false;
        case ACT_SLEEP:
                for (int64_t ms = p->sleep_ms; ms > 0; ms -= 100)
                        usleep((useconds_t)(ms < 100 ? ms : 100) * 1000);
                return false;
        case ACT_ERROR:
                break;
        }
        return true;
}

bool failpoint_hit(const char *name)
{
        pthread_once(&once, read_environment);
        bool fails = false;
        for (size_t i = 0; i < point_count; i++) {
                struct point *p = &points[i];
                if (strcmp(p->name, name) != 0)
                        continue;
                int64_t hit = atomic_fetch_add(&p->hits, 1) + 1;
                if (hit == p->nth || (p->every && hit % p->every == 0))
                        fails |= fire(p);
        }
        return fails;
}

#endif
