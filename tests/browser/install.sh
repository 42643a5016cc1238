#!/bin/sh
# Fetches the accessibility checker, pinned in package-lock.json, into node_modules here (git ignores it).
# Does nothing where it is there already or npm is not; the tests that need it are then skipped, with a reason.
cd "$(dirname "$0")" || exit 0
[ -e node_modules/axe-core/axe.min.js ] && exit 0
command -v npm >/dev/null 2>&1 || exit 0
npm ci --silent --no-progress </dev/null >/dev/null 2>&1 || echo 'axe-core could not be fetched: its tests are skipped.' >&2
exit 0
