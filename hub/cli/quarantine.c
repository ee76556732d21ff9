// `iochub quarantine`: the options and the table of the group; list and show have files of their own.
#include "hub/cli/quarantine.h"

#define AT(member) offsetof(struct quarantine_options, member)

const char *const quarantine_states[] = { "open", "replayed", "repeat", "discarded", "all", NULL };

static const struct option list_options[] = {
        { .name = "feed",
          .kind = OPTION_INT,
          .offset = AT(feed),
          .value = "N",
          .fallback = "-1",
          .min = 1,
          .max = INT32_MAX,
          .sentence = { "Chỉ nguồn cấp này", "Only this feed" } },
        { .name = "dataset",
          .kind = OPTION_TEXT,
          .offset = AT(dataset),
          .value = "NAME",
          .sentence = { "Chỉ bộ dữ liệu này", "Only this dataset" } },
        { .name = "agency",
          .kind = OPTION_TEXT,
          .offset = AT(agency),
          .value = "CODE",
          .sentence = { "Chỉ cơ quan này", "Only this agency" } },
        { .name = "code",
          .kind = OPTION_TEXT,
          .offset = AT(code),
          .value = "WORD",
          .sentence = { "Chỉ mã lý do này, như RULE_BROKEN", "Only this reject code, such as RULE_BROKEN" } },
        { .name = "state",
          .kind = OPTION_WORD,
          .offset = AT(state),
          .value = "STATE",
          .choices = quarantine_states,
          .fallback = "open",
          .sentence = { "open, replayed, repeat, discarded hoặc all",
                        "open, replayed, repeat, discarded or all" } },
        { .name = "limit",
          .letter = 'n',
          .kind = OPTION_INT,
          .offset = AT(limit),
          .value = "N",
          .fallback = "20",
          .min = 1,
          .max = 100000,
          .sentence = { "Nhiều nhất N dòng, mới nhất trước", "At most N lines, newest first" } },
        { .name = "summary",
          .kind = OPTION_FLAG,
          .offset = AT(summary),
          .sentence = { "Trước hết đếm theo mã, trường và quy tắc", "Count by code, field and rule first" } },
        { 0 },
};

static const struct example list_examples[] = {
        { "iochub quarantine list",
          { "những thông điệp đang bị cách ly", "the messages now in quarantine" } },
        { "iochub quarantine list --summary --dataset phan-anh",
          { "đếm theo lý do cho một bộ dữ liệu", "counted by reason, for one dataset" } },
        { "iochub quarantine list --code RULE_BROKEN --limit 5 --json",
          { "năm thông điệp vi phạm quy tắc, JSON", "five that broke a rule, as JSON" } },
        { 0 },
};

static const struct example show_examples[] = {
        { "iochub quarantine show 1/0/12", { "mọi điều về một thông điệp", "everything about one message" } },
        { "iochub quarantine show 1/0/12 --json", { "cho chương trình khác", "for another program" } },
        { 0 },
};

const struct command quarantine_commands[] = {
        { .name = "quarantine list",
          .arguments = "",
          .sentence = { "Các thông điệp không được nhận", "Messages that were not accepted" },
          .options = list_options,
          .options_size = sizeof(struct quarantine_options),
          .configured = true,
          .run = cmd_quarantine_list,
          .examples = list_examples },
        { .name = "quarantine show",
          .arguments = "FEED/PART/OFFSET",
          .min_args = 1,
          .max_args = 1,
          .sentence = { "Một thông điệp: vì sao, nội dung, nguyên văn",
                        "One message: why, what it says, its bytes" },
          .notes = { "Nội dung có thể chứa dữ liệu cá nhân.", "What it says may be personal data." },
          .configured = true,
          .run = cmd_quarantine_show,
          .examples = show_examples },
        { 0 },
};
