#!/bin/sh
# What the tests need of the system, where it is not there yet: a browser, a text browser, and PostgreSQL's server.
set -eu
debian() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}
browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return
    done
    debian chromium fonts-liberation || .venv/bin/playwright install chromium
}
text_browser() {
    command -v lynx >/dev/null && return
    debian lynx || { echo "The tests need lynx: install it." >&2; exit 1; }
}
postgresql() {
    .venv/bin/python -m tests.postgresql && return
    debian postgresql || { echo "The tests need PostgreSQL's server: install it, with initdb on the PATH." >&2; exit 1; }
}
browser
text_browser
postgresql
