#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Proves that the manual and the program agree: every option that sluice-
# pipeline(5) could describe is there with its default and an example, none is
# there that does not exist, and sluice(1) knows every option of every command.
set -u
cd "$(dirname "$0")/.." || exit 1

page=docs/sluice-pipeline.5
passed=0 failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# $1: does it hold ("": yes), $2: what is wrong if not.
expect()
{
	if [ -z "$1" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$2" >&2
	fi
}

# The text of the page about one option: between its .It and the next.
about()
{
	awk -v option="$2" '
		$1 == ".It" || $1 == ".El" { on = $1 == ".It" && $3 == option }
		on' "$work/$1"
}

# Section $2 ("Ss socket", or "Sh THE FILE") of the page, in a file named $1.
cut_section()
{
	awk -v head=".$2" '
		/^\.S[sh] / { on = $0 == head; next }
		on' "$page" >"$work/$1"
}

# Every option of section $1, listed in file $2, must be described as it is.
compare()
{
	while IFS='	' read -r name standard; do
		text=$(about "$1" "$name")
		[ -n "$text" ] && lacks='' || lacks=yes
		expect "$lacks" "$page: $1: option '$name' is missing"
		[ -n "$text" ] || continue
		case $text in
		*.Dl* | *.Bd*) lacks= ;;
		*) lacks=yes ;;
		esac
		expect "$lacks" "$page: $1: option '$name' has no example"
		[ -n "$standard" ] || continue
		case $text in
		*"$standard"*) lacks= ;;
		*) lacks=yes ;;
		esac
		expect "$lacks" "$page: $1: '$name' is '$standard' by default"
	done <"$2"
	awk '$1 == ".It" && $2 == "Cm" { print $3 }' "$work/$1" >"$work/names"
	while read -r name; do
		case $name in pipeline | path | edges | fuse | transfer | stages) continue ;; esac
		grep -q "^$name	" "$2" && lacks='' || lacks=yes
		expect "$lacks" "$page: $1: there is no option '$name'"
	done <"$work/names"
}

# "  name   help (range; standard by default)" becomes "name TAB standard".
tabulate()
{
	sed -n -e 's/^  \([a-z_]*\) .*; \([^;]*\) by default)$/\1	\2/p; t' \
	       -e 's/^  \([a-z_]*\) .*; \(required\))$/\1	Required/p; t' \
	       -e 's/^  \([a-z_]*\) .*/\1	/p'
}

"$SLUICE" check --options >"$work/all" || exit 1
cut_section file 'Sh THE FILE'
awk '/^every stage/ { exit } { print }' "$work/all" | tabulate >"$work/file.list"
compare file "$work/file.list"
cut_section common 'Sh EVERY STAGE'
awk '/^every stage/ { on = 1 } on && /^$/ { exit } on' "$work/all" |
	tabulate >"$work/common.list"
compare common "$work/common.list"

sed -n '/^every stage/,$ s/^\([a-z_]*\): .*/\1/p' "$work/all" >"$work/types"
while read -r type; do
	cut_section "$type" "Ss $type"
	[ -s "$work/$type" ] && lacks='' || lacks=yes
	expect "$lacks" "$page: stage type '$type' is missing"
	"$SLUICE" check --options "$type" | tabulate >"$work/$type.list"
	compare "$type" "$work/$type.list"
done <"$work/types"

# Every long option that a command's help names is in sluice(1).
for command in run check top sim 'bench plan' 'bench sim' web record replay bench 'bench tpcw' 'bench hello' 'bench hop' 'bench latency' \
	       'bench plans' 'bench storage' 'bench ring' 'bench bank' \
	       'bench kernel' 'bench nfs' 'bench nfsmix' explain kb \
	       'bench crossover' 'bench cuts' 'bench planted' 'bench profile'; do
	# shellcheck disable=SC2086 # words
	for option in $("$SLUICE" $command --help | grep -oE -e '--[a-z][a-z-]*' |
			sort -u); do
		[ "$option" != --help ] || continue
		grep -q -e "Fl -${option#--}\\>" docs/sluice.1 && lacks='' ||
			lacks=yes
		expect "$lacks" "docs/sluice.1: $command: $option is missing"
	done
done

# Every parameter of the kernel module is in sluice(4).
sed -n 's/^module_param(\([a-z]*\),.*/\1/p' sched/*_kmod.c >"$work/parameters"
while read -r parameter; do
	grep -q "^\.It Cm $parameter\$" docs/sluice.4 && lacks='' || lacks=yes
	expect "$lacks" "docs/sluice.4: parameter '$parameter' is missing"
done <"$work/parameters"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
