// The shim around RE2: nothing of C++ shows outside, and nothing is thrown (what throws for want of memory
// ends the program, as everywhere). RE2 keeps the states of its automaton within a budget and starts again
// when it is full, so hostile texts cost time linear in their length and no more memory.
#include <re2/re2.h>

extern "C" {
#include "hub/msg/regex.h"
}

// RE2 makes no automaton at all, and simulates the program at 20 times the cost, where the budget has no room
// for 20 states as large as the program could make them. That takes about 640 bytes an instruction when the
// text is read from its end (`a$`), less otherwise.
#define INSTRUCTION_MEMORY 640

struct regex : re2::RE2 {
        using re2::RE2::RE2;
};

static re2::StringPiece piece_of(struct slice s)
{
        return re2::StringPiece(reinterpret_cast<const char *>(s.p), s.n);
}

static struct regex *compile(struct slice pattern, int64_t memory)
{
        re2::RE2::Options options(re2::RE2::Quiet);
        options.set_max_mem(memory);
        return new regex(piece_of(pattern), options);
}

extern "C" int regex_new(struct slice pattern, struct regex **out, struct buf *why)
{
        struct regex *r = compile(pattern, REGEX_MEMORY);
        if (!r->ok()) {
                buf_add_str(why, r->error().c_str());
                delete r;
                return 1;
        }
        int64_t wanted = INSTRUCTION_MEMORY * static_cast<int64_t>(r->ProgramSize()) + REGEX_MEMORY / 4;
        if (wanted > REGEX_MEMORY) {
                delete r;
                r = compile(pattern, wanted < REGEX_MEMORY_MAX ? wanted : REGEX_MEMORY_MAX);
        }
        // The automaton is made by the first search: not in the middle of the first batch.
        (void)regex_finds(r, slice_of(nullptr, 0));
        *out = r;
        return 0;
}

extern "C" struct regex *regex_free(struct regex *r)
{
        delete r;
        return nullptr;
}

extern "C" size_t regex_memory(const struct regex *r)
{
        return static_cast<size_t>(r->options().max_mem());
}

extern "C" bool regex_finds(const struct regex *r, struct slice text)
{
        return r->Match(piece_of(text), 0, text.n, re2::RE2::UNANCHORED, nullptr, 0);
}
