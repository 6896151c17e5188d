#!/usr/bin/env bash
# Sets up what is missing, then serves the studio until Ctrl-C.
usage() {
    cat <<'WORDS'
Usage: ./start.sh [--port N] [--home DIR] [--no-browser]

  --port N       listen on this port (otherwise 8000, or the next one that is free)
  --home DIR     keep models, data, adapters and sessions in DIR (otherwise in this folder)
  --no-browser   do not open the browser
WORDS
}

refuse() {
    echo "start.sh: $1" >&2
    usage >&2
    exit 2
}

absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }

options=()
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --no-browser) options+=(--no-browser) ;;
        --port=*) options+=("$1") ;;
        --home=*) options+=("--home=$(absolute "${1#*=}")") ;;
        --port | --home)
            [ $# -gt 1 ] || refuse "$1 needs a value."
            option=$1=$2
            shift 2
            set -- "$option" "$@"
            continue
            ;;
        *) refuse "there is no option $1." ;;
    esac
    shift
done
[ -z "$DROID_HOME" ] || DROID_HOME=$(absolute "$DROID_HOME")

cd "$(dirname "$0")" || exit 1
# exec, so that Ctrl-C and signals reach the set-up, then the server, under one process id from the first moment on.
# (bash 3.2 takes an empty array for an unset variable.)
exec scripts/setup --serve ${options[@]+"${options[@]}"}
