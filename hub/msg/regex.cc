// The shim around RE2: nothing of C++ shows outside, and nothing is thrown (what throws for want of memory
// ends the program, as everywhere). RE2 keeps the states of its automaton within REGEX_MEMORY and starts
// again when they are full, so hostile texts cost time linear in their length and no more memory.
#include <re2/re2.h>

extern "C" {
#include "hub/msg/regex.h"
}

struct regex {
        re2::RE2 pattern;

        regex(re2::StringPiece text, const re2::RE2::Options &options) : pattern(text, options)
        {
        }
};

static re2::StringPiece piece_of(struct slice s)
{
        return re2::StringPiece(reinterpret_cast<const char *>(s.p), s.n);
}

extern "C" int regex_new(struct slice pattern, struct regex **out, struct buf *why) noexcept
{
        re2::RE2::Options options(re2::RE2::Quiet);
        options.set_max_mem(REGEX_MEMORY);
        struct regex *r = new struct regex(piece_of(pattern), options);
        if (!r->pattern.ok()) {
                buf_add_str(why, r->pattern.error().c_str());
                regex_free(r);
                return 1;
        }
        // The automaton is made by the first search: not in the middle of the first batch.
        (void)regex_finds(r, slice_of(nullptr, 0));
        *out = r;
        return 0;
}

extern "C" struct regex *regex_free(struct regex *r) noexcept
{
        delete r;
        return nullptr;
}

extern "C" bool regex_finds(const struct regex *r, struct slice text) noexcept
{
        return r->pattern.Match(piece_of(text), 0, text.n, re2::RE2::UNANCHORED, nullptr, 0);
}
