/**
 * Reads, and with a wanted share writes, under one lock on the host and in one command: nothing can come in between,
 * and a write that arrives late finds another generation. The counter moves before the weights do, so that even a
 * write that is cut off is noticed. Weights are raised before others are lowered, in the order of the arguments, and a
 * server without a share goes into maintenance: at weight 0 alone, sessions that stick to it would stay on it.
 * `printf` tries the state file, since a redirection that fails ends the shell with a special builtin such as `:`.
 * Users wait for every program that starts before the weights change, so few do.
 * Runtime API: https://docs.haproxy.org/2.6/management.html#9.3 (the socket answers with texts, success is an empty line)
 */
export const hostScript = `
set -u
umask 077
trap '' HUP PIPE
dir=$1 socket=$2 backend=$3 keep=$4 mode=$5 want=$6 back=$7; shift 7
ask() {
  if command -v socat > /dev/null 2>&1; then printf '%s\\n' "$1" | socat -t 10 - "UNIX-CONNECT:$socket"
  elif command -v perl > /dev/null 2>&1; then
    perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die "$!\\n"; connect($s, sockaddr_un($ARGV[0])) or die "$!\\n"; syswrite $s, "$ARGV[1]\\n"; shutdown($s, 1); print while <$s>' "$socket" "$1"
  else echo "neither socat nor perl is installed" >&2; exit 69; fi
}
command -v flock > /dev/null || { echo "flock is not installed" >&2; exit 69; }
look() {
  seen=$(ask "show servers state $backend; show stat") || exit 70
  seen=$(printf '%s\\n' "$seen" | awk -v b="$backend" '
    /^# pxname,/ { counts = 1; next }
    counts { split($0, f, ","); if (f[1] == b && f[2] != "FRONTEND" && f[2] != "BACKEND") print "requests", f[2], f[8]; next }
    $2 == b {
      weight = $7 % 4 || int($7 / 8) % 8 ? 0 : $8
      print "server", $4, weight, $6
      marks = marks s $4 "=" weight; s = ","
    }
    END { print "marks " marks }')
  marks=\${seen##*marks } seen=\${seen%marks *}
}
tell() {
  echo "generation $count:$marks"
  printf '%s' "$seen"
  for slot in "$dir"/slots/*; do [ -f "$slot" ] && read -r runs < "$slot" && echo "slot \${slot##*/} $runs"; done
  [ -f "$dir/way-back" ] && read -r stable < "$dir/way-back" && echo "back $stable"
  echo end
}
mkdir -p "$dir/slots" || exit 73
exec 9> "$dir/lock" || exit 73
locked=yes
flock -w 20 9 || locked=
count=0
[ ! -f "$dir/generation" ] || read -r count < "$dir/generation"
[ -n "$locked" ] || case $mode in read | statistics | survey) exit 75 ;; esac
look
[ -n "$locked" ] || { echo 'outcome busy'; tell; exit 0; }
if [ "$mode" = read ]; then tell; exit 0; fi
if [ "$mode" = statistics ]; then tell; ask 'show stat' | sed 's/^/stat /'; exit 0; fi
if [ "$mode" = survey ]; then
  tell
  exec 9>&-
  tail -n 200 "$dir/history" 2> /dev/null | sed 's/^/past /'
  found=$(docker ps --all --no-trunc --filter "label=com.docker.compose.service=$2" --format '{{.ID}} {{.Label "com.docker.compose.project"}}') || { echo "docker ps $?"; exit 0; }
  found=$(printf '%s\\n' "$found" | awk -v p="$1-" 'index($2, p) == 1')
  [ -n "$found" ] || exit 0
  printf '%s\\n' "$found" | sed 's/^/container /'
  set -- $(printf '%s\\n' "$found" | cut -d ' ' -f 1)
  code=0
  found=$(docker inspect --type container --format '{{json .}}' "$@") || code=$?
  [ -n "$found" ] || { echo "docker inspect $code"; exit 0; }
  printf '%s\\n' "$found" | sed 's/^/inspected /'
  exit 0
fi
refuse() { echo "outcome $*"; tell; exit 0; }
if [ "$mode" = take ]; then
  printf '%s' "$seen" | grep -q "^server $1 0 " || refuse "serves $1"
  ask "set server $backend/$1 weight 0; set server $backend/$1 state maint" > /dev/null
  rm -f "$dir/slots/$1"
  refuse taken
fi
if [ -n "$want" ] && [ "$want" != "$count:$marks" ]; then refuse differs; fi
orders=
for wanted in "$@"; do
  name=\${wanted%%=*} weight=\${wanted#*=}; version=\${weight#*=} weight=\${weight%%=*}
  line=$(printf '%s' "$seen" | grep "^server $name ") || refuse "refused HAProxy has no server $name in backend $backend."
  runs=
  [ ! -f "$dir/slots/$name" ] || read -r runs rest < "$dir/slots/$name"
  [ "$weight" = 0 ] || [ "$runs" = "$version" ] || refuse "other-version $name"
  if [ "$weight" = 0 ]; then orders="$orders; set server $backend/$name weight 0; set server $backend/$name state maint"
  else
    set -- $line
    [ "$3" = 0 ] || [ "$4" = 2 ] || [ "$mode" = restore ] || refuse "not-up $name"
    orders="$orders; set server $backend/$name weight $weight; set server $backend/$name state ready"
  fi
done
next=$((count + 1))
{ echo "$next" > "$dir/generation.new" && printf '' > "$keep.new"; } 2> "$dir/problem" || refuse "cannot-write $(tail -n 1 "$dir/problem" 2> /dev/null)"
mv "$dir/generation.new" "$dir/generation" || refuse 'cannot-write'
count=$next
answer=$(ask "\${orders#; }" | tr -s '\\n' ' ')
[ -z "$back" ] || echo "$back" > "$dir/way-back"
look
saved=
{ ask 'show servers state' > "$keep.new" && mv "$keep.new" "$keep"; } 2> /dev/null || saved=unsaved
case $answer in *[![:space:]]*) echo "outcome refused $answer" ;; *) echo "outcome applied $saved" ;; esac
tell
`;
