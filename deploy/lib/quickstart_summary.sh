# shellcheck shell=bash
# What deploy/quickstart tells at the end. Numbers are counted again from what others can see, tables and topics, and
# compared with what the connectors reported; `facts_collect` runs while the servers do and writes WORK/facts/*.

# facts_collect: tab-separated files. feeds: dataset, titles, table, hub's counts, rows in the table, sent and refused by
# the connector; refused: first reasons; routed: dataset, state, events; shared: dataset, copies.
facts_collect() {
        local facts=$WORK/facts line name agency dataset result
        mkdir -p "$facts"
        query "SELECT f.dataset, f.agency, d.title_vi, d.title_en, p.stored, p.flagged, p.rejected, p.repeats, p.gaps,
                      (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM data.%I', d.table_name),
                                                           false, true, '')))[1]::text
               FROM hub.feed f JOIN hub.dataset d ON d.name = f.dataset
               JOIN (SELECT feed, sum(stored) AS stored, sum(flagged) AS flagged, sum(rejected) AS rejected,
                            sum(repeats) AS repeats, sum(gaps) AS gaps FROM hub.progress GROUP BY feed) p
                    ON p.feed = f.id
               WHERE f.retired_at IS NULL ORDER BY f.id" >"$facts/feeds"
        query "SELECT dataset, code, v ->> 'field', v ->> '$LANGUAGE', replace(source_position, E'\t', ' '), count(*) OVER w
               FROM (SELECT DISTINCT ON (dataset, code, violations #>> '{0,field}', violations #>> '{0,rule}')
                            dataset, code, violations -> 0 AS v, source_position
                     FROM hub.quarantine
                     ORDER BY dataset, code, violations #>> '{0,field}', violations #>> '{0,rule}', \"offset\") q
               WINDOW w AS (PARTITION BY dataset) ORDER BY dataset, code" >"$facts/refused"
        iochub tail iochub.routing --from beginning --no-follow |
                sed -n 's/.*"state":"\([A-Z]*\)".*"dataset":"\([^"]*\)".*/\2\t\1/p' | sort | uniq -c |
                awk '{ print $2 "\t" $3 "\t" $1 }' >"$facts/routed"
        : >"$facts/shared" >"$facts/sent"
        for line in "${AGENCIES[@]}"; do
                read -r name agency dataset <<<"$line"
                printf '%s\t%s\n' "$dataset" \
                        "$(iochub tail "shared.$dataset" --from beginning --no-follow --raw | wc -l)" >>"$facts/shared"
                result=$WORK/connectors/$name/result.json
                printf '%s\t%s\t%s\n' "$dataset" "$(json_number sent "$result")" \
                        "$(json_number rejected "$result")" >>"$facts/sent"
        done
}

# json_number NAME FILE: the sum of all members of that name.
json_number() {
        grep -o "\"$1\": *[0-9]*" "$2" | awk -F ': *' '{ sum += $2 } END { print sum + 0 }'
}

# fact FILE DATASET COLUMN: 0 where there is none.
fact() { awk -F '\t' -v d="$2" -v c="$3" '$1 == d { v = $c } END { print v + 0 }' "$WORK/facts/$1"; }

routed() { awk -F '\t' -v d="$1" -v s="$2" '$1 == d && $2 == s { n = $3 } END { print n + 0 }' "$WORK/facts/routed"; }

# ---------------------------------------------------------------- printing

summary_print() {
        say
        say "$(tell "Kết quả sau $(duration "$SUMMED")" "Result after $(duration "$SUMMED")")"
        say
        summary_row '' "$(tell 'đã gửi' sent)" "$(tell 'đã lưu' stored)" "$(tell 'có cờ' flagged)" \
                "$(tell 'từ chối' refused)" "$(tell 'đọc lỗi' unreadable)" "$(tell 'dòng bảng' rows)" \
                "$(tell 'định tuyến' routed)" "$(tell 'bản sao' copies)"
        local dataset agency vi en stored flagged rejected repeats gaps rows
        while IFS=$'\t' read -r dataset agency vi en stored flagged rejected repeats gaps rows; do
                summary_row "$(tell "$vi" "$en")" "$(fact sent "$dataset" 2)" "$stored" "$flagged" "$rejected" \
                        "$(fact sent "$dataset" 3)" "$rows" "$(routing_cell "$dataset")" "$(fact shared "$dataset" 2)"
        done <"$WORK/facts/feeds"
        summary_refused
        summary_unreadable
        summary_words
}

summary_row() {
        local cell
        local -a width=(-8 -8 -7 -8 -8 -10 -17 -8)
        printf ' %s' "$(pad 21 "$(cut_text 21 "$1")")"
        shift
        for cell in "$@"; do
                printf ' %s' "$(pad "${width[0]}" "$(number "$cell")")"
                width=("${width[@]:1}")
        done
        printf '\n'
}

# routing_cell DATASET: "48 SENT".
routing_cell() {
        local state n cell=''
        for state in SENT PROPOSED; do
                n=$(routed "$1" "$state")
                if ((n)); then
                        cell+=${cell:+ }"$(number "$n") $state"
                fi
        done
        printf '%s' "${cell:-0}"
}

summary_refused() {
        local dataset code field text position
        [[ -s $WORK/facts/refused ]] || return 0
        say
        say "$(tell 'Trục từ chối, giữ nguyên văn trong hub.quarantine; cơ quan nhận lý do qua rejected.<mã>:' \
                'Refused by the hub, kept in hub.quarantine; the agency is told on rejected.<code>:')"
        while IFS=$'\t' read -r dataset code field text position _; do
                reason_line "$dataset" "$(position_words "$position")" "${field:+$field: }$text"
        done < <(head -n 6 "$WORK/facts/refused")
}

summary_unreadable() {
        local reason=6 file line column value text
        local -a files
        [[ $LANGUAGE == vi ]] || reason=7
        mapfile -t files < <(compgen -G "$WORK/connectors/*/rejects/*.rejects.csv")
        ((${#files[@]})) || return 0
        say
        say "$(tell 'Connector không đọc được, không gửi; ghi trong tệp của cơ quan:' \
                'Unreadable for a connector, not sent; written to the agency'"'"'s file:')"
        while IFS=$'\t' read -r file line column value text; do
                reason_line "${file##*/}" "$(tell dòng line) $line, $column" "«$value» $text"
        done < <(awk -F '","' -v reason="$reason" -v OFS='\t' 'FNR > 1 && n++ < 6 {
                        gsub(/\t/, " "); print $2, $3, $4, $5, $reason }' "${files[@]}")
        say "   ${files[0]%/connectors/*}/connectors/*/rejects/"
}

# position_words TEXT: the file out of `file.csv@1234#…`.
position_words() { printf '%s' "${1%%@*}"; }

reason_line() { say "$(cut_text "$WIDTH" "   $(pad 20 "$1") $2  $3")"; }

summary_words() {
        say
        say "$(tell 'có cờ: lưu lại nhưng đánh dấu quy tắc không đạt trong cột _flags' \
                'flagged: stored, with the broken rule named in the column _flags')"
        say "$(tell 'SENT: đã chia sẻ mặc định; PROPOSED: đề xuất nơi xử lý, chờ người duyệt nên không có bản sao' \
                'SENT: shared by default; PROPOSED: waits for a person'"'"'s approval, so there is no copy')"
}

next_lines_print() {
        say
        if ((KEEP)); then
                say "$(tell 'Máy chủ và trục vẫn chạy. Xem tiếp:' 'The servers and the hub go on. To look further:')"
        else
                say "$(tell 'Máy chủ đã dừng, dữ liệu còn nguyên. Xem tiếp:' 'The servers stopped, the data stays. To look further:')"
        fi
        if [[ $CALLED_FROM != "$REPOSITORY" ]]; then
                say "  cd $(shell_quote "$REPOSITORY")"
        fi
        if ((KEEP == 0)); then
                say "  deploy/stack up"
        fi
        cat <<'END'
  eval "$(deploy/stack env)"
  build/release/bin/iochub status
  build/release/bin/iochub schema show phan-anh --columns
  build/release/bin/iochub tail iochub.routing -n 3 --no-follow
  build/release/bin/iochub quarantine list
  deploy/stack psql -c "SELECT ma, title, _flags FROM bi.phan_anh WHERE _flags <> '{}' LIMIT 5"
END
        if ((KEEP)); then
                say "  kill \$(cat $(shell_quote "$WORK/hub.pid"))"
        fi
        say "  deploy/stack down"
}

# facts_agree: exit 1 where something that was sent is neither stored nor refused, or not routed.
facts_agree() {
        local dataset agency vi en stored flagged rejected repeats gaps rows sent events
        local bad=0
        while IFS=$'\t' read -r dataset agency vi en stored flagged rejected repeats gaps rows; do
                sent=$(fact sent "$dataset" 2)
                events=$(($(routed "$dataset" SENT) + $(routed "$dataset" PROPOSED)))
                if ((sent != stored + rejected + repeats || gaps > 0)); then
                        note "$dataset: $sent sent, but $stored stored, $rejected refused, $repeats repeats, $gaps gaps"
                        bad=1
                fi
                if ((events != stored)); then
                        note "$dataset: $stored stored, but $events routing events"
                        bad=1
                fi
        done <"$WORK/facts/feeds"
        ((bad == 0)) || die "$(tell 'các số không khớp' 'the numbers disagree')" "$WORK/logs"
}
