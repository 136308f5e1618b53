#pragma once

// The single source of the version: CMakeLists.txt reads these three lines.
#define CONCRETE_VERSION_MAJOR 0
#define CONCRETE_VERSION_MINOR 1
#define CONCRETE_VERSION_PATCH 0
