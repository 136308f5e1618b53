// Catch2 2.13 is compiled here, once; version 3 brings a compiled main of its own.

#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
