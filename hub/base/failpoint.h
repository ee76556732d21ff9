// Named failpoints, compiled in by the `faults` preset only:
// IOCHUB_FAILPOINT=persist-before-commit:kill:nth=3 Actions: kill (SIGKILL), stop (SIGSTOP), error (the step
// fails), sleep=MS. Several are separated by commas.
#pragma once

#include <stdbool.h>

#ifdef IOCHUB_FAILPOINTS
// True where the step must fail now.
bool failpoint_hit(const char *name);
#else
#define failpoint_hit(name) (false)
#endif
