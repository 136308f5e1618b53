#include <concrete/noise/engine.hpp>

concrete::Engine engine_of_second();

concrete::Engine engine_of_second() { return concrete::Engine(2017); }
