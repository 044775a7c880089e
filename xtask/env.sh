# Sourced by the Makefile and by setup.sh: puts Barrow's tools first on PATH.
# The tools live outside the checkout, so that a second checkout finds them ready.
export BARROW_TOOLS="${BARROW_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/barrow-tools}"
case ":$PATH:" in
  *":$BARROW_TOOLS/bin:"*) ;;
  *) export PATH="$BARROW_TOOLS/bin:$BARROW_TOOLS/node/node_modules/.bin:$PATH" ;;
esac
# Written by setup.sh where rustup cannot fetch the wasm target: Debian's own rustc has it instead.
if [ -e "$BARROW_TOOLS/debian-rust" ]; then
  case "$PATH" in
    "$BARROW_TOOLS/bin:/usr/bin:"*) ;;
    *) export PATH="$BARROW_TOOLS/bin:/usr/bin:$PATH" ;;
  esac
fi
