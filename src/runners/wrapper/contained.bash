# Starts a launcher inside a container, where standard input is nobody's:
#
#   bash contained.bash ORDERS ISOLATION OWN MESSAGES alone
#
# ORDERS is a file with one order. A daemon sets some variables whatever the image says: a task shall find the same under each of them, and
# nothing that differs from run to run. What the launcher reports nobody reads.
unset HOSTNAME TERM container
exec <"$1" >/dev/null
shift
. "${BASH_SOURCE[0]%/*}/launcher.bash" "$@"
