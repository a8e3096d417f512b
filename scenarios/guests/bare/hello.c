// Prints one line and ends with success.
#include "bare.h"

int main(void)
{
    put_string("Hello from bare metal\n");
    return 0;
}
