#include <latent/latent.hpp>

int main() {}
