// Ends with exit code 42 and prints nothing.
int main(void)
{
    return 42;
}
