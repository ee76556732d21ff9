// "Did you mean" for names that live in the database.
#pragma once

#include "hub/cli/cli.h"

// 0 there is such a dataset; otherwise the exit code, with the nearest name said.
int names_dataset(struct pg *pg, const char *dataset) must_check;
