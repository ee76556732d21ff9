// Kind `csv`: files of a glob in name order, read once or followed.
#pragma once

#include "connectors/sdk/source.h"

extern const struct source_kind csv_kind;
