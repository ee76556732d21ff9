# shellcheck shell=bash
# What deploy/quickstart tells at the end. Numbers are counted again from what others can see, tables and topics, and
# compared with what the connectors reported; `facts_collect` runs while the servers do and writes WORK/facts/*.

# facts_collect: feeds: dataset, agency, titles, the hub's counts, rows in the table; refused: kinds of faults; sent: dataset,
# sent, unreadable; routed: dataset, state, events; shared: dataset, copies.
facts_collect() {
        local facts=$WORK/facts line name dataset result routing
        query "SELECT f.dataset, f.agency, d.title_vi, d.title_en, p.stored, p.flagged, p.rejected, p.repeats, p.gaps,
                      (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM data.%I', d.table_name),
                                                           false, true, '')))[1]::text
               FROM hub.feed f JOIN hub.dataset d ON d.name = f.dataset
               JOIN (SELECT feed, sum(stored) AS stored, sum(flagged) AS flagged, sum(rejected) AS rejected,
                            sum(repeats) AS repeats, sum(gaps) AS gaps FROM hub.progress GROUP BY feed) p
                    ON p.feed = f.id
               WHERE f.retired_at IS NULL ORDER BY f.id" >"$facts/feeds"
        # By kind of fault; the first one's key where the dataset has one, which people know better than an offset.
        query "SELECT q.dataset,
                      (array_agg(CASE d.mode WHEN 'UPSERT'
                                 THEN split_part(convert_from(record_key, 'UTF8'), chr(31), 2)
                                 ELSE feed || '/' || part || '/' || \"offset\" END ORDER BY feed, part, \"offset\"))[1],
                      violations #>> '{0,field}', min(violations #>> '{0,$LANGUAGE}'), count(*)
               FROM hub.quarantine q JOIN hub.dataset d ON d.name = q.dataset
               GROUP BY q.dataset, code, violations #>> '{0,field}', violations #>> '{0,rule}'
               ORDER BY q.dataset, count(*) DESC, code, 3" >"$facts/refused"
        routed_count >"$facts/routed" &
        routing=$!
        : >"$facts/shared"
        : >"$facts/sent"
        for line in "${AGENCIES[@]}"; do
                read -r name _ dataset <<<"$line"
                printf '%s\t%s\n' "$dataset" \
                        "$(iochub tail "shared.$dataset" --from beginning --no-follow --raw | wc -l)" >>"$facts/shared"
                result=$facts/$name.json
                printf '%s\t%s\t%s\n' "$dataset" "$(json_number sent "$result")" \
                        "$(json_number rejected "$result")" >>"$facts/sent"
        done
        wait "$routing"
}

# routed_count: dataset, state, number of events, from the topic itself.
routed_count() {
        iochub tail iochub.routing --from beginning --no-follow |
                sed -n 's/.*"state":"\([A-Z]*\)".*"dataset":"\([^"]*\)".*/\2\t\1/p' |
                awk -F '\t' -v OFS='\t' '{ n[$0]++ } END { for (k in n) print k, n[k] }'
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
        local dataset vi en stored flagged rejected rows
        while IFS=$SEPARATOR read -r dataset _ vi en stored flagged rejected _ _ rows; do
                summary_row "$(tell "$vi" "$en")" "$(fact sent "$dataset" 2)" "$stored" "$flagged" "$rejected" \
                        "$(fact sent "$dataset" 3)" "$rows" "$(routing_cell "$dataset")" "$(fact shared "$dataset" 2)"
        done <"$WORK/facts/feeds"
        summary_refused
        summary_unreadable
        summary_words
}

summary_row() {
        local cell
        local -a width=(-7 -7 -7 -8 -10 -9 -16 -7)
        printf ' %s' "$(pad 20 "$(cut_text 20 "$1")")"
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
        local dataset name field text count
        [[ -s $WORK/facts/refused ]] || return 0
        say
        say "$(tell 'Trục từ chối, giữ nguyên văn trong hub.quarantine; cơ quan nhận lý do qua rejected.<mã>:' \
                'Refused by the hub, kept in hub.quarantine; the agency is told on rejected.<code>:')"
        while IFS=$SEPARATOR read -r dataset name field text count; do
                if ((count > 1)); then
                        text+=" (× $(number "$count"))"
                fi
                reason_line "$dataset" "$name" "${field:+$field: }$text"
        done < <(head -n 8 "$WORK/facts/refused")
}

# The reject file's columns: time, file, line, column, value, reason_vi, reason_en, position; texts in quotes.
summary_unreadable() {
        local reason=6 dataset line column value text
        local -a files
        [[ $LANGUAGE == vi ]] || reason=8
        mapfile -t files < <(compgen -G "$WORK/rejects/*.rejects.csv")
        ((${#files[@]})) || return 0
        say
        say "$(tell 'Connector không đọc được nên không gửi, ghi vào tệp của cơ quan:' \
                'Unreadable for a connector, so not sent, but written to a file of the agency:')"
        while IFS=$SEPARATOR read -r dataset line column value text; do
                reason_line "$dataset" "$(tell dòng line) $line" "$column «$value»: $text"
        done < <(unreadable_rows "$reason" "${files[@]}")
        say "   → $WORK/rejects/"
}

# unreadable_rows REASON FILE…: the first rows of each file.
unreadable_rows() {
        local reason=$1 file text='"(([^"]|"")*)"'
        shift
        for file in "$@"; do
                sed -n -E "2,4s/^[^,]*,\"[^\"]*\",([0-9]*),$text,$text,$text,$text,.*/\\1\x1f\\2\x1f\\4\x1f\\$reason/p" "$file" |
                        sed "s/^/$(basename "$file" .rejects.csv)\x1f/; s/\"\"/\"/g"
        done
}

# reason_line DATASET WHERE TEXT: the text goes on below itself where the line is full.
reason_line() {
        local front line='' word
        local -a words
        front="   $(pad 20 "$1") $(pad 12 "$2") "
        read -ra words <<<"$3"
        for word in "${words[@]}"; do
                if [[ -n $line ]] && ((${#front} + ${#line} + ${#word} >= SCREEN)); then
                        say "$front$line"
                        front=$(pad 37 '') line=''
                fi
                line+=${line:+ }$word
        done
        say "$(cut_text "$SCREEN" "$front$line")"
}

summary_words() {
        say
        say "$(tell 'có cờ: lưu lại nhưng đánh dấu quy tắc không đạt trong cột danh_dau' \
                'flagged: stored, with the broken rule named in the column danh_dau')"
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
  build/release/bin/iochub-connector preview -c "$IOCHUB_STATE/quickstart/tiep-nhan.yaml" -n 1
  deploy/stack psql -c "SELECT ma, title, danh_dau FROM bi.phan_anh WHERE danh_dau <> '{}' LIMIT 5"
END
        if ((KEEP)); then
                say "  curl \$IOCHUB_REGISTRY/subjects"
                say "  kill \$(cat $(shell_quote "$WORK/hub.pid"))"
        fi
        say "  deploy/stack down"
}

# facts_agree: exit 1 where something that was sent is neither stored nor refused, or not routed.
facts_agree() {
        local dataset stored rejected repeats gaps sent events
        local bad=0
        while IFS=$SEPARATOR read -r dataset _ _ _ stored _ rejected repeats gaps _; do
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
