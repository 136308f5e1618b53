#include <exception>
#include <iostream>
#include <new>

#include "vae/error.hpp"
#include "vae/program.hpp"

int main(int argc, char** argv) {
  try {
    return vae::run(argc, argv);
  } catch (const vae::UsageError& error) {
    std::cerr << "vae: " << error.what() << std::endl;
    return 2;
  } catch (const std::bad_alloc&) {
    std::cerr << "vae: not enough memory" << std::endl;
    return 1;
  } catch (const std::exception& error) {
    std::cerr << "vae: " << error.what() << std::endl;
    return 1;
  }
}
