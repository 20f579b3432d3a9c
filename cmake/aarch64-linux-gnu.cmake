# Cross-compiles for 64-bit ARM with Debian's g++-aarch64-linux-gnu; what it builds runs under qemu-user.
# Headers are the same for all machines and come from this one. Of libraries only zlib and libcsv are linked; they are
# found where Debian's packages for arm64 are installed, or unpacked into build/sysroot.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_PREFIX_PATH ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot/usr)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
