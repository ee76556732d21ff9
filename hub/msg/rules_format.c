// The well-known formats: which test each annotation of the oneof `well_known` is, and how people call it.
// An empty text has an id of its own (`string.email_empty`) where the format does not allow it.
#include "hub/msg/rules_int.h"

struct row {
        const char *type, *name;
        const char *id; // without the type; NULL: the name
        enum format format;
        bool empty;           // an empty text is allowed
        const char *vi, *en;  // what it is
        unsigned regex, bare; // well_known_regex; `strict` must be unlike bare
};

static const struct row rows[] = {
        { "string", "email", NULL, FORMAT_EMAIL, false, "địa chỉ thư điện tử", "email address" },
        { "string", "hostname", NULL, FORMAT_HOSTNAME, false, "tên máy", "host name" },
        { "string", "ip", NULL, FORMAT_IP, false, "địa chỉ IP", "IP address" },
        { "string", "ipv4", NULL, FORMAT_IPV4, false, "địa chỉ IPv4", "IPv4 address" },
        { "string", "ipv6", NULL, FORMAT_IPV6, false, "địa chỉ IPv6", "IPv6 address" },
        { "string", "uri", NULL, FORMAT_URI, false, "URI", "URI" },
        { "string", "uri_ref", NULL, FORMAT_URI_REF, true, "URI hoặc tham chiếu URI", "URI reference" },
        { "string", "address", NULL, FORMAT_ADDRESS, false, "tên máy hoặc địa chỉ IP",
          "host name or IP address" },
        { "string", "uuid", NULL, FORMAT_UUID, false, "UUID", "UUID" },
        { "string", "tuuid", NULL, FORMAT_TUUID, false, "UUID viết liền", "UUID without hyphens" },
        { "string", "ulid", NULL, FORMAT_ULID, false, "ULID", "ULID" },
        { "string", "ip_with_prefixlen", NULL, FORMAT_IP_WITH_PREFIXLEN, false,
          "địa chỉ IP kèm độ dài tiền tố", "IP address with prefix length" },
        { "string", "ipv4_with_prefixlen", NULL, FORMAT_IPV4_WITH_PREFIXLEN, false,
          "địa chỉ IPv4 kèm độ dài tiền tố", "IPv4 address with prefix length" },
        { "string", "ipv6_with_prefixlen", NULL, FORMAT_IPV6_WITH_PREFIXLEN, false,
          "địa chỉ IPv6 kèm độ dài tiền tố", "IPv6 address with prefix length" },
        { "string", "ip_prefix", NULL, FORMAT_IP_PREFIX, false, "tiền tố IP", "IP prefix" },
        { "string", "ipv4_prefix", NULL, FORMAT_IPV4_PREFIX, false, "tiền tố IPv4", "IPv4 prefix" },
        { "string", "ipv6_prefix", NULL, FORMAT_IPV6_PREFIX, false, "tiền tố IPv6", "IPv6 prefix" },
        { "string", "host_and_port", NULL, FORMAT_HOST_AND_PORT, false, "tên máy (hoặc địa chỉ IP) và cổng",
          "host and port" },
        { "string", "protobuf_fqn", NULL, FORMAT_PROTOBUF_FQN, false, "tên đầy đủ của protobuf",
          "full protobuf name" },
        { "string", "protobuf_dot_fqn", NULL, FORMAT_PROTOBUF_DOT_FQN, false,
          "tên đầy đủ của protobuf có dấu chấm ở đầu", "full protobuf name with a leading dot" },
        { "string", "well_known_regex", "well_known_regex.header_name", FORMAT_HTTP_HEADER_NAME, false,
          "tên trường đầu HTTP", "HTTP header name", 1, false },
        { "string", "well_known_regex", "well_known_regex.header_name", FORMAT_HTTP_HEADER_NAME_LOOSE, false,
          "tên trường đầu HTTP", "HTTP header name", 1, true },
        { "string", "well_known_regex", "well_known_regex.header_value", FORMAT_HTTP_HEADER_VALUE, true,
          "giá trị trường đầu HTTP", "HTTP header value", 2, false },
        { "string", "well_known_regex", "well_known_regex.header_value", FORMAT_HTTP_HEADER_VALUE_LOOSE, true,
          "giá trị trường đầu HTTP", "HTTP header value", 2, true },
        { "bytes", "ip", NULL, FORMAT_BYTES_IP, false, "địa chỉ IP (4 hoặc 16 byte)",
          "IP address of 4 or 16 bytes" },
        { "bytes", "ipv4", NULL, FORMAT_BYTES_IPV4, false, "địa chỉ IPv4 (4 byte)",
          "IPv4 address of 4 bytes" },
        { "bytes", "ipv6", NULL, FORMAT_BYTES_IPV6, false, "địa chỉ IPv6 (16 byte)",
          "IPv6 address of 16 bytes" },
        { "bytes", "uuid", NULL, FORMAT_BYTES_UUID, false, "UUID (16 byte)", "UUID of 16 bytes" },
};

// `strict` counts as true unless it is set.
static bool is_loose(const struct msg *m)
{
        const struct field *f = mtype_field_named(m->type, slice_str("strict"));
        return f && m->f[f->index].set && m->f[f->index].u == 0;
}

static const struct row *find(const struct member *m)
{
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const struct row *row = &rows[i];
                if (strcmp(row->type, m->type) != 0 || strcmp(row->name, m->f->name) != 0)
                        continue;
                if (row->regex == 0 || (row->regex == m->v->u && row->bare == is_loose(m->m)))
                        return row;
        }
        return NULL;
}

bool rules_compile_format(struct place *p, const struct member *m)
{
        const struct row *row = find(m);
        if (row == NULL)
                return false;
        struct arena *a = p->ld->a;
        const char *id = arena_printf(a, "%s.%s", row->type, row->id ? row->id : row->name);
        struct rule *r = rules_add(p);
        r->kind = RULE_FORMAT;
        r->format = row->format;
        r->words = rules_words(p, id, row->type, row->name, arena_printf(a, "Phải là %s hợp lệ", row->vi),
                               arena_printf(a, "Must be a valid %s", row->en));
        if (!row->empty)
                r->other = rules_words(p, arena_printf(a, "%s_empty", id), row->type, row->name,
                                       arena_printf(a, "Không được để trống: phải là %s", row->vi),
                                       arena_printf(a, "Must not be empty: a valid %s is expected", row->en));
        return true;
}
