// What the files of `iochub quarantine` share. An id is FEED/PART/OFFSET: the message's place in its feed.
#pragma once

#include "hub/cli/cli.h"

struct quarantine_options {
        int64_t feed, limit;
        const char *dataset, *agency, *code;
        int state; // index into quarantine_states
        bool summary;
};

extern const char *const quarantine_states[];

int cmd_quarantine_list(struct cli *c);
int cmd_quarantine_show(struct cli *c);
