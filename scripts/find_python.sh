# Sourced by scripts/setup: sets $python to an interpreter that can run Droid FineTuning, or explains what to install.
# Must run in bash 3.2 (macOS). The versions are those of requires-python in pyproject.toml.

droid_macos() { [ "$(uname -s)" = Darwin ]; }

# On a Mac without the command line tools, running /usr/bin/python3 opens a window that offers to install them.
droid_opens_a_window() { droid_macos && [ "$(command -v "$1")" = /usr/bin/python3 ] && ! xcode-select -p >/dev/null 2>&1; }

# "3.12 arm64" for a working interpreter, nothing for one that is absent or broken.
droid_python_facts() {
    command -v "$1" >/dev/null 2>&1 || return 0
    droid_opens_a_window "$1" && return 0
    "$1" -c 'import platform, sys; print("%d.%d %s" % (sys.version_info[0], sys.version_info[1], platform.machine()))' \
        2>/dev/null </dev/null || true
}

droid_version_fits() { case $1 in 3.11 | 3.12 | 3.13 | 3.14) return 0 ;; *) return 1 ;; esac; }

droid_under_rosetta() { droid_macos && [ "$1" = x86_64 ] && [ "$(sysctl -n hw.optional.arm64 2>/dev/null)" = 1 ]; }

droid_how_to_install_python() {
    if droid_macos; then
        echo "Install one with 'brew install python@3.13' or from python.org (the macOS 64-bit universal2 installer)."
    elif command -v apt-get >/dev/null 2>&1; then
        echo "Install one with 'sudo apt-get install python3 python3-venv' (Debian 12, Ubuntu 24.04 or newer have one that fits)."
    elif command -v dnf >/dev/null 2>&1; then
        echo "Install one with 'sudo dnf install python3.12'."
    else
        echo "Install Python 3.11, 3.12, 3.13 or 3.14 with your system's package manager."
    fi
}

find_python() {
    python=
    local candidate facts version processor rosetta='' seen=''
    for candidate in "$PWD/.venv/bin/python" python3 python3.13 python3.12 python3.11 python3.14 python; do
        facts=$(droid_python_facts "$candidate")
        [ -n "$facts" ] || continue
        version=${facts% *} processor=${facts#* }
        if ! droid_version_fits "$version"; then
            seen="$seen${seen:+, }$candidate is $version"
        elif droid_under_rosetta "$processor"; then
            rosetta=$(command -v "$candidate")
        else
            python=$candidate
            return 0
        fi
    done
    if [ -n "$rosetta" ]; then
        echo "$rosetta runs here as an Intel program under Rosetta; MLX needs a Python that runs as arm64 (Apple Silicon)."
        echo "If your terminal opens with Rosetta (Finder > Get Info), clear that. Otherwise the Python is built for Intel:"
    elif [ -n "$seen" ]; then
        echo "Droid FineTuning needs Python 3.11, 3.12, 3.13 or 3.14. Found: $seen."
    else
        echo "Droid FineTuning needs Python 3.11, 3.12, 3.13 or 3.14, and there is no Python on this machine."
    fi
    droid_how_to_install_python
    echo "Then run this again."
    return 1
}
