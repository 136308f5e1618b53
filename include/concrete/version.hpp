#pragma once

/// \file
/// The version of the library, major.minor.patch: its single source, of which CMakeLists.txt reads the three lines.

/// Major version: 0 while the interface may still change.
/// \ingroup api_version
#define CONCRETE_VERSION_MAJOR 0
/// Minor version. While the major one is 0, programs may have to change with it.
/// \ingroup api_version
#define CONCRETE_VERSION_MINOR 1
/// Patch version: corrections, with which no program has to change.
/// \ingroup api_version
#define CONCRETE_VERSION_PATCH 0
