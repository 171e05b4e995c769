#!/bin/sh
# What the tests need of the system, where it is not there yet: a browser, a text browser, PostgreSQL's server, PgBouncer,
# faketime and nginx; as tests/install.sh judges, what `make check` needs besides: Java and LibreOffice;
# as tests/install.sh container, what makes a bare Debian and runs it.
set -eu
export PATH="$PATH:/usr/sbin"
debian() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "Installing $* from Debian's packages …"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}
need() {
    echo "The tests need $1: install it." >&2
    exit 1
}
driver() {  # Playwright's: a Node.js of its own, which Debian's smallest systems lack a library for
    .venv/bin/playwright --version >/dev/null 2>&1 || debian libatomic1 || need "libatomic.so.1 for Playwright's driver"
}
browser() {  # best without windows: its pages take a quarter of the time to open
    command -v chromium-headless-shell >/dev/null || debian chromium-headless-shell fonts-liberation && return
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return
    done
    debian chromium fonts-liberation || .venv/bin/playwright install chromium
}
text_browser() {
    command -v lynx >/dev/null || debian lynx || need lynx
}
postgresql() {
    .venv/bin/python -m tests.postgresql || debian postgresql || need "PostgreSQL's server, with initdb on the PATH"
}
pooler() {
    command -v pgbouncer >/dev/null || debian pgbouncer || need PgBouncer
}
clock() {
    command -v faketime >/dev/null || debian faketime || need faketime
}
proxy() {
    command -v nginx >/dev/null || debian nginx-light || need nginx
}
java_runtime() {
    command -v java >/dev/null || debian default-jre-headless || need Java
}
spreadsheet_program() {
    command -v soffice >/dev/null || debian libreoffice-calc-nogui || need "LibreOffice Calc, with soffice on the PATH"
}
container() {
    for name in mmdebstrap unshare nsenter setpriv ip; do
        command -v $name >/dev/null || missing=1
    done
    [ -z "${missing:-}" ] || debian mmdebstrap util-linux iproute2 || need "root, and Debian's mmdebstrap, util-linux and iproute2"
}
case "${1:-}" in
    container) container ;;
    judges) java_runtime; spreadsheet_program ;;
    *) driver; browser; text_browser; postgresql; pooler; clock; proxy ;;
esac
