// The text of --help.
#pragma once

extern const char usage_text[];
