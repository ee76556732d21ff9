// Sums over a feed's partitions, and rates between two looks.
#include "hub/base/clock.h"
#include "hub/cli/status.h"

const struct look_part *look_worst(const struct look_feed *f)
{
        const struct look_part *worst = &f->parts[0];

        for (size_t i = 1; i < f->count; i++)
                if (f->parts[i].state > worst->state)
                        worst = &f->parts[i];
        return worst;
}

int64_t look_sum(const struct look_feed *f, enum tally_kind kind)
{
        int64_t sum = 0;

        for (size_t i = 0; i < f->count; i++)
                sum += f->parts[i].tally[kind];
        return sum;
}

int64_t look_lag(const struct look_feed *f)
{
        int64_t sum = 0;

        for (size_t i = 0; i < f->count; i++) {
                if (f->parts[i].end_offset < 0)
                        return -1;
                // The log may have grown between the two questions, never shrunk.
                if (f->parts[i].end_offset > f->parts[i].next_offset)
                        sum += f->parts[i].end_offset - f->parts[i].next_offset;
        }
        return sum;
}

int64_t look_unrouted(const struct look_feed *f)
{
        int64_t sum = 0;

        for (size_t i = 0; i < f->count; i++)
                sum += f->parts[i].next_offset - f->parts[i].routed_offset;
        return sum;
}

int64_t look_last_received(const struct look_feed *f)
{
        int64_t last = 0;

        for (size_t i = 0; i < f->count; i++)
                if (f->parts[i].last_received_at > last)
                        last = f->parts[i].last_received_at;
        return last;
}

static double part_rate(const struct look_part *now, const struct look_part *before)
{
        int64_t usec = now->updated_at - before->updated_at;

        if (usec <= 0 || now->next_offset <= before->next_offset)
                return 0;
        return (double)(now->next_offset - before->next_offset) * (double)USEC_PER_SEC / (double)usec;
}

static const struct look_feed *same_feed(const struct look *l, int32_t feed)
{
        for (size_t i = 0; i < l->feed_count; i++)
                if (l->feeds[i].feed == feed)
                        return &l->feeds[i];
        return NULL;
}

void look_rates(struct look *now, const struct look *before)
{
        for (size_t i = 0; i < now->feed_count; i++) {
                struct look_feed *f = &now->feeds[i];
                const struct look_feed *old = same_feed(before, f->feed);

                f->rate = 0;
                for (size_t k = 0; old && k < f->count && k < old->count; k++)
                        f->rate += part_rate(&f->parts[k], &old->parts[k]);
        }
}
