#!/bin/sh
# What the tests need of the system, where it is not there yet: a browser, a text browser, PostgreSQL's server and nginx;
# as tests/install.sh container, what makes a bare Debian and runs it.
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
proxy() {
    PATH="$PATH:/usr/sbin" command -v nginx >/dev/null && return
    debian nginx-light || { echo "The tests need nginx: install it." >&2; exit 1; }
}
container() {
    for name in mmdebstrap unshare nsenter setpriv ip; do
        PATH="$PATH:/usr/sbin" command -v $name >/dev/null || missing=1
    done
    [ -z "${missing:-}" ] || debian mmdebstrap util-linux iproute2 ||
        { echo "This needs root, and Debian's mmdebstrap, util-linux and iproute2." >&2; exit 1; }
}
if [ "${1:-}" = container ]; then
    container
    exit
fi
browser
text_browser
postgresql
proxy
