#!/bin/sh
# A host for tests, reached through a symbolic link: beside the link, `says` is what it does when it is asked
# anything; else it runs its first argument as a shell script. A file of its own, since a script that a test had
# just written could not be run while another test forks ("text file busy").
case "$1" in
  --version | --print) . "${0%/*}/says" ;;
  *) exec sh "$@" ;;
esac
