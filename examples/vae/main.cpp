#include "vae/program.hpp"

int main(int argc, char** argv) { return vae::run(argc, argv); }
