// Two files of one program include everything: whatever is not inline would be defined twice.
#include <latent/latent.hpp>

bool gradients_of_swish_are_right();

int main() { return gradients_of_swish_are_right() ? 0 : 1; }
