// Dataset options: what decides how rows are kept cannot change once there are rows.
#include "hub/msg/compat_int.h"

#include <stdio.h>

static void refuse(struct comparing *cx, const char *rule, const char *option, const char *was,
                   const char *is)
{
        change_add(cx->out,
                   change_at(cx, CHANGE_REFUSED, rule, cx->new.root, NULL, "keep it, or make a new dataset"),
                   "option %s was `%s` and is `%s` now, and rows are kept by it", option, was, is);
}

static const char *key_text(struct comparing *cx, const struct dataset *d)
{
        const char *text = "";
        for (size_t i = 0; i < d->key_count; i++)
                text = arena_printf(cx->out->arena, "%s%s%s", text, i ? ", " : "", d->key[i]->name);
        return text;
}

static void note(struct comparing *cx, const char *option, long long was, long long is)
{
        if (was != is)
                change_add(cx->out, change_at(cx, CHANGE_NOTED, "OPTION_CHANGED", cx->new.root, NULL, ""),
                           "option %s was %lld and is %lld now", option, was, is);
}

static void note_text(struct comparing *cx, const char *option, const char *was, const char *is)
{
        if (strcmp(was, is) != 0)
                change_add(cx->out, change_at(cx, CHANGE_SAFE, "OPTION_CHANGED", cx->new.root, NULL, ""),
                           "option %s was `%s` and is `%s` now", option, was, is);
}

static bool same_compare(const struct compare *a, const struct compare *b)
{
        return strcmp(a->id, b->id) == 0 && strcmp(a->left->name, b->left->name) == 0 &&
               strcmp(a->right->name, b->right->name) == 0 && a->operator== b->operator&& a->flag == b->flag;
}

static void compare_compares(struct comparing *cx, const struct dataset *was, const struct dataset *is)
{
        bool same = was->compare_count == is->compare_count;
        for (size_t i = 0; same && i < is->compare_count; i++) {
                // One that could not be read is without an id.
                const struct compare *a = &was->compare[i], *b = &is->compare[i];
                same = a->id && b->id && same_compare(a, b);
        }
        if (!same)
                change_add(
                    cx->out, change_at(cx, CHANGE_NOTED, "RULES_CHANGED", cx->new.root, NULL, ""),
                    "the comparisons of dataset %s are others: each message is judged by the version that "
                    "its sender names",
                    is->name);
}

static void compare_fixed(struct comparing *cx, const struct dataset *was, const struct dataset *is)
{
        static const char *const modes[] = { "none", "APPEND", "UPSERT" };
        const char *key = key_text(cx, was), *new_key = key_text(cx, is);
        const char *time = was->event_time ? was->event_time->name : "",
                   *new_time = is->event_time ? is->event_time->name : "";
        if (strcmp(was->name, is->name) != 0)
                refuse(cx, "DATASET_RENAMED", "name", was->name, is->name);
        if (was->mode != is->mode && was->mode <= MODE_UPSERT && is->mode <= MODE_UPSERT)
                refuse(cx, "MODE_CHANGED", "mode", modes[was->mode], modes[is->mode]);
        if (strcmp(key, new_key) != 0)
                refuse(cx, "KEY_CHANGED", "key", key, new_key);
        if (strcmp(time, new_time) != 0)
                refuse(cx, "EVENT_TIME_CHANGED", "event_time", time, new_time);
        if (was->order_by_event_time != is->order_by_event_time)
                refuse(cx, "ORDER_CHANGED", "order_by_event_time",
                       was->order_by_event_time ? "true" : "false",
                       is->order_by_event_time ? "true" : "false");
}

void compare_dataset(struct comparing *cx)
{
        const struct dataset *was = cx->old.dataset, *is = cx->new.dataset;
        if (was == NULL || is == NULL) {
                if (was)
                        change_add(cx->out,
                                   change_at(cx, CHANGE_REFUSED, "DATASET_REMOVED", cx->new.root, NULL,
                                             "keep `option (iochub.v1.dataset)`"),
                                   "%s is a dataset no longer", cx->new.root->full_name);
                return;
        }
        compare_fixed(cx, was, is);
        note(cx, "retention_days", was->retention_days, is->retention_days);
        note(cx, "past_days", was->past_usec / 86400000000, is->past_usec / 86400000000);
        note(cx, "future_hours", was->future_usec / 3600000000, is->future_usec / 3600000000);
        note(cx, "personal_data", was->personal_data, is->personal_data);
        note(cx, "approval_required", was->approval_required, is->approval_required);
        note_text(cx, "domain", was->domain, is->domain);
        note_text(cx, "title_vi", was->title_vi, is->title_vi);
        note_text(cx, "title_en", was->title_en, is->title_en);
        compare_compares(cx, was, is);
}
