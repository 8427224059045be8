#!/bin/sh
# Builds the native tests for 64-bit ARM and runs them under emulation: `scripts/test-neon.sh [test name ...]`.
# Needs g++-aarch64-linux-gnu, qemu-user-static and cmake (Debian's names). NEON_BUILD names the build folder.
set -eu
cd "$(dirname "$0")/.."
build=${NEON_BUILD:-build-neon}
for tool in aarch64-linux-gnu-g++ qemu-aarch64-static cmake; do
  if ! command -v "$tool" >/dev/null; then
    echo "$tool is missing: apt-get install g++-aarch64-linux-gnu qemu-user-static cmake" >&2
    exit 1
  fi
done
launcher=$(command -v ccache || true)
cmake -S . -B "$build" -DCMAKE_TOOLCHAIN_FILE=scripts/toolchains/linux-arm64.cmake -DHEBB_TESTS=ON \
  -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" -DCMAKE_EXE_LINKER_FLAGS=-static
cmake --build "$build" --parallel "$(nproc)" --target hebb_native_tests
exec qemu-aarch64-static "$build/hebb_native_tests" "$@"
